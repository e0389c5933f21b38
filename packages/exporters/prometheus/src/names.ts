import type { MetricType } from '@telltale/core';

/** The family type as `# TYPE` spells it. */
export type FamilyType = 'counter' | 'gauge' | 'histogram' | 'summary';

/** What a metric is called in Prometheus. */
export interface PrometheusName {
  readonly type: FamilyType;
  /** With the unit, without `_total`: the name of the family in OpenMetrics. */
  readonly family: string;
  /** Name of the samples of counters and gauges: with `_total` for counters. Other types add their own endings. */
  readonly sample: string;
  /** `seconds`, `bytes_per_second`; empty when there is none. A non-empty unit is always the end of `family`. */
  readonly unit: string;
}

// UCUM to Prometheus, as the OpenTelemetry compatibility page and prometheus/otlptranslator have it.
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
  bit: 'bits',
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

const FAMILY_TYPES: Readonly<Record<MetricType, FamilyType>> = {
  counter: 'counter',
  upDownCounter: 'gauge',
  gauge: 'gauge',
  histogram: 'histogram',
  exponentialHistogram: 'histogram',
  summary: 'summary',
};

/** `http.server.request.duration` in `s` → `http_server_request_duration_seconds`. Pure; the result is always a valid name. */
export function prometheusName(name: string, unit: string, type: MetricType, prefix = ''): PrometheusName {
  const familyType = FAMILY_TYPES[type];
  let family = words(`${prefix}_${name}`);
  if (familyType === 'counter') family = withoutEnding(family, 'total');
  const { main, per } = unitWords(unit, type);
  const suffix = [main, per].filter((part) => part !== '').join('_');
  if (!endsWithWord(family, suffix)) {
    if (!endsWithWord(family, main)) family += `_${main}`;
    if (per !== '') family += `_${per}`;
  }
  if (family === '' || /^[0-9]/.test(family)) family = `_${family}`;
  return { type: familyType, family, sample: familyType === 'counter' ? `${family}_total` : family, unit: suffix };
}

function unitWords(unit: string, type: MetricType): { main: string; per: string } {
  // A ratio is only recognised on gauges: instruments that count things often say "1" as well.
  if (unit === '1') return { main: type === 'gauge' ? 'ratio' : '', per: '' };
  // Colons are for names of recording rules, not for units.
  const [main = '', ...rest] = unit
    .replace(/\{[^}]*\}/g, '')
    .replaceAll(':', '_')
    .split('/');
  const per = rest.join('_').trim();
  const perWord = words(Object.hasOwn(PER_UNITS, per) ? PER_UNITS[per]! : per);
  return { main: words(unitWord(main.trim())), per: perWord === '' ? '' : `per_${perWord}` };
}

function unitWord(unit: string): string {
  return Object.hasOwn(UNITS, unit) ? UNITS[unit]! : unit;
}

/** Invalid characters become underscores; underscores are single and never first or last. */
function words(text: string): string {
  return text.replace(/[^a-zA-Z0-9:]+/g, '_').replace(/^_+|_+$/g, '');
}

function endsWithWord(name: string, word: string): boolean {
  return word === '' || name === word || name.endsWith(`_${word}`);
}

function withoutEnding(name: string, word: string): string {
  return name.endsWith(`_${word}`) ? name.slice(0, -word.length - 1) : name;
}
