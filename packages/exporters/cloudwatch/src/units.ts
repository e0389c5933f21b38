import type { MetricType } from '@telltale/core';

/** What CloudWatch has for units ("MetricDatum", CloudWatch API reference) by UCUM's code; others are `None`. */
const UNITS: ReadonlyMap<string, string> = new Map([
  ['s', 'Seconds'],
  ['ms', 'Milliseconds'],
  ['us', 'Microseconds'],
  ['µs', 'Microseconds'],
  ['By', 'Bytes'],
  ['kBy', 'Kilobytes'],
  ['MBy', 'Megabytes'],
  ['GBy', 'Gigabytes'],
  ['TBy', 'Terabytes'],
  ['bit', 'Bits'],
  ['kbit', 'Kilobits'],
  ['Mbit', 'Megabits'],
  ['Gbit', 'Gigabits'],
  ['Tbit', 'Terabits'],
  ['%', 'Percent'],
]);
const RATES = /^(?:By|kBy|MBy|GBy|TBy|bit|kbit|Mbit|Gbit|Tbit)$/;
const COUNT = /^(?:1|\{[^}]*\})$/;

/** The unit of a metric in CloudWatch. Counts of things are `Count`; a gauge or histogram of the unit 1 is a ratio, so `None`. */
export function unitOf(unit: string, type: MetricType): string {
  const known = UNITS.get(unit);
  if (known !== undefined) return known;
  const countable = type === 'counter' || type === 'upDownCounter';
  if (unit === '' || unit === '1') return countable ? 'Count' : 'None';
  if (COUNT.test(unit)) return 'Count';
  const [, of = '', per] = /^(.+)\/(.+)$/.exec(unit) ?? [];
  if (per !== 's') return 'None';
  if (COUNT.test(of)) return 'Count/Second';
  return RATES.test(of) ? `${UNITS.get(of)}/Second` : 'None';
}
