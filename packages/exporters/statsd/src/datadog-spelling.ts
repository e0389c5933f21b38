/** Rules of https://docs.datadoghq.com/metrics/custom_metrics/#naming-custom-metrics. */
const MAX_NAME = 200;
/** Rules of https://docs.datadoghq.com/getting_started/tagging/: key and value together. */
const MAX_TAG = 200;

/** The name of a metric as Datadog takes it: ASCII letters and digits, `_` and `.`, a letter first. */
export function datadogName(name: string): string {
  const clean = name.replaceAll(/[^A-Za-z0-9_.]+/g, '_');
  return (/^[A-Za-z]/.test(clean) ? clean : `m_${clean}`).slice(0, MAX_NAME);
}

/**
 * A tag as Datadog keeps it, so that what it would make the same is seen to be the same here: lower case; letters, digits and `_-:./`; a letter first; no
 * underscores at the end; 200 characters.
 */
export function datadogTag(key: string, value: string): string {
  const name = clean(key).replaceAll(':', '_');
  const start = /^[a-z]|^\p{L}/u.test(name) ? name : `t_${name}`;
  const whole = `${start}:${clean(value)}`;
  const tag = whole.length <= MAX_TAG ? whole : [...whole].slice(0, MAX_TAG).join('');
  const end = tag.replace(/[_:]+$/, '');
  return end.includes(':') ? end : `${end}:none`;
}

/** What nearly all are: `clean` leaves it as it is. */
const CLEAN = /^(?:[a-z0-9\-:./]|_(?!_))*$/;

function clean(text: string): string {
  const lower = text.toLowerCase();
  if (CLEAN.test(lower)) return lower;
  return lower.replaceAll(/[^\p{L}\p{N}_\-:./]+/gu, '_').replaceAll(/_{2,}/g, '_');
}
