import type { SeriesAttributes } from '@telltale/core';

/** "Quotas and limits" of Cloud Monitoring, user-defined metrics. */
const MAX_LABELS = 30;
const MAX_KEY = 100;
const MAX_VALUE = 1024;
/** What a metric has too many keys for. */
const REST = 'other_attributes';
/** Keeps series apart whose labels became the same. */
const APART = 'duplicate';

export type Labels = Readonly<Record<string, string>>;

/**
 * Spells the attributes of one metric as labels: keys of letters, digits and `_`, values as text. A metric type may have 30 keys over all its
 * series, for ever, so the first 28 that come have labels of their own; the rest are told together in one. `reserved`: keys that are not attributes'.
 */
export class LabelSpeller {
  private readonly keys = new Map<string, string>();
  private readonly taken: Set<string>;

  constructor(reserved: readonly string[]) {
    this.taken = new Set([REST, APART, ...reserved]);
  }

  labelsOf(attributes: SeriesAttributes): Labels {
    const labels: Record<string, string> = {};
    const rest: [string, unknown][] = [];
    for (const [key, value] of Object.entries(attributes)) {
      // An empty label is the same as none there.
      if (value === '') continue;
      const label = this.labelOf(key);
      if (label === undefined) rest.push([key, value]);
      else labels[label] = cut(String(value));
    }
    if (rest.length > 0) labels[REST] = cut(JSON.stringify(Object.fromEntries(rest)));
    return labels;
  }

  private labelOf(key: string): string | undefined {
    const known = this.keys.get(key);
    if (known !== undefined) return known;
    if (this.taken.size >= MAX_LABELS) return undefined;
    const spelt = labelKey(key);
    let label = spelt;
    for (let n = 2; this.taken.has(label); n++) label = `${spelt.slice(0, MAX_KEY - 1 - String(n).length)}_${n}`;
    this.keys.set(key, label);
    this.taken.add(label);
    return label;
  }
}

/** `http.route` → `http_route`; what does not begin with a letter gets `key_` before it. */
export function labelKey(key: string): string {
  const cleaned = key.replaceAll(/[^a-zA-Z0-9_]/g, '_');
  return (/^[a-zA-Z]/.test(cleaned) ? cleaned : `key_${cleaned}`).slice(0, MAX_KEY);
}

/** The same labels with one more, which tells them from those of the other series. */
export function keptApart(labels: Labels, nth: number): Labels {
  return { ...labels, [APART]: String(nth) };
}

/** Unicode only, and never half a character at the end. */
function cut(value: string): string {
  return value.slice(0, MAX_VALUE).toWellFormed();
}
