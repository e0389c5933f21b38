import type { OwnMetric } from '../target.ts';

/** OpenTelemetry's table, as `@telltale/exporter-prometheus` has it: a test compares the two. */
const UNITS: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tebibytes',
  KBy: 'kilobytes',
  kBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '1': '',
  '%': 'percent',
};
const PER_UNITS: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  min: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  wk: 'week',
  mo: 'month',
  y: 'year',
  a: 'year',
};

/** What our exporter calls the samples of a metric; of a histogram, what `_bucket`, `_sum` and `_count` are added to. `prefix` as the exporter has it. */
export function prometheusName({ name, type, unit }: OwnMetric, prefix = ''): string {
  const isCounter = type === 'counter';
  const base = underscored(`${prefix}_${name}`);
  let family = isCounter ? base.replace(/(.)_total$/, '$1') : base;
  const { main, per } = unitWords(unit, type);
  if (!endsWithWord(family, [main, per].filter((word) => word !== '').join('_'))) {
    if (!endsWithWord(family, main)) family += `_${main}`;
    if (per !== '') family += `_${per}`;
  }
  if (family === '' || /^[0-9]/.test(family)) family = `_${family}`;
  return isCounter ? `${family}_total` : family;
}

/** What our exporter calls an attribute. */
export function prometheusLabel(key: string): string {
  const label = key.replace(/[^a-zA-Z0-9]+/g, '_') || '_';
  const valid = /^[0-9]/.test(label) ? `key_${label}` : label;
  return valid === 'le' || valid.startsWith('__') ? `exported_${valid}` : valid;
}

function unitWords(unit: string, type: OwnMetric['type']): { readonly main: string; readonly per: string } {
  if (unit === '1') return { main: type === 'gauge' ? 'ratio' : '', per: '' };
  const [main = '', ...rest] = unit
    .replace(/\{[^}]*\}/g, '')
    .replaceAll(':', '_')
    .split('/');
  const per = underscored(wordOf(PER_UNITS, rest.join('_').trim()));
  return { main: underscored(wordOf(UNITS, main.trim())), per: per === '' ? '' : `per_${per}` };
}

function wordOf(words: Readonly<Record<string, string>>, unit: string): string {
  return Object.hasOwn(words, unit) ? (words[unit] as string) : unit;
}

function underscored(text: string): string {
  return text.replace(/[^a-zA-Z0-9:]+/g, '_').replace(/^_+|_+$/g, '');
}

function endsWithWord(name: string, word: string): boolean {
  return word === '' || name === word || name.endsWith(`_${word}`);
}
