import type { MetricType } from '@telltale/core';

/** The family type as `# TYPE` spells it. */
export type FamilyType = 'counter' | 'gauge' | 'histogram' | 'summary';

/** What becomes of names; OpenTelemetry, "Prometheus exporter", "Translation Strategy". The first is the default. */
export const TRANSLATIONS = [
  'UnderscoreEscapingWithSuffixes',
  'UnderscoreEscapingWithoutSuffixes',
  'NoUTF8EscapingWithSuffixes',
  'NoTranslation',
] as const;
export type Translation = (typeof TRANSLATIONS)[number];

/** What a metric is called in Prometheus. */
export interface PrometheusName {
  readonly type: FamilyType;
  /** With the unit, without `_total`: the name of the family in OpenMetrics. */
  readonly family: string;
  /** Name of the samples of counters and gauges: with `_total` for counters. Other types add their own endings. */
  readonly sample: string;
  /** `seconds`, `bytes_per_second`; empty when there is none. With a translation that adds suffixes, a non-empty unit is the end of `family`. */
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

/** Whether all names are valid for Prometheus 2. */
export function isTranslated(translation: Translation): boolean {
  return translation === 'UnderscoreEscapingWithSuffixes' || translation === 'UnderscoreEscapingWithoutSuffixes';
}

/**
 * `http.server.request.duration` in `s` → `http_server_request_duration_seconds`. Pure; the result is always a valid name: for Prometheus 2
 * if the translation escapes, else for Prometheus 3.
 */
export function prometheusName(
  name: string,
  unit: string,
  type: MetricType,
  prefix = '',
  translation: Translation = TRANSLATIONS[0],
): PrometheusName {
  const familyType = FAMILY_TYPES[type];
  const isCounter = familyType === 'counter';
  const { main, per } = unitWords(unit, type);
  const unitName = [main, per].filter((part) => part !== '').join('_');
  const base = isTranslated(translation) ? translated(`${prefix}_${name}`) : prefixed(name, prefix);
  if (translation === 'NoTranslation' || translation === 'UnderscoreEscapingWithoutSuffixes') {
    const sample = isTranslated(translation) ? beginning(base) : base;
    return { type: familyType, family: isCounter ? withoutTotal(sample) : sample, sample, unit: unitName };
  }
  let family = isCounter ? withoutTotal(base, '._') : base;
  if (!endsWithWord(family, unitName)) {
    if (!endsWithWord(family, main)) family += `_${main}`;
    if (per !== '') family += `_${per}`;
  }
  family = isTranslated(translation) ? beginning(family) : family;
  return { type: familyType, family, sample: isCounter ? `${family}_total` : family, unit: unitName };
}

/** What Prometheus 2 lets a name begin with. */
function beginning(name: string): string {
  return name === '' || /^[0-9]/.test(name) ? `_${name}` : name;
}

function prefixed(name: string, prefix: string): string {
  return (prefix === '' ? name : `${prefix.replace(/_+$/, '')}_${name}`).toWellFormed() || '_';
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
  const perWord = translated(Object.hasOwn(PER_UNITS, per) ? PER_UNITS[per]! : per);
  return { main: translated(unitWord(main.trim())), per: perWord === '' ? '' : `per_${perWord}` };
}

function unitWord(unit: string): string {
  return Object.hasOwn(UNITS, unit) ? UNITS[unit]! : unit;
}

/** Invalid characters become underscores; underscores are single and never first or last. */
function translated(text: string): string {
  return text.replace(/[^a-zA-Z0-9:]+/g, '_').replace(/^_+|_+$/g, '');
}

/** Names that are not translated may have a dot before the word. */
function endsWithWord(name: string, word: string): boolean {
  return word === '' || name === word || name.endsWith(`_${word}`) || name.endsWith(`.${word}`);
}

/** `separators` may stand before the ending. */
function withoutTotal(name: string, separators = '_'): string {
  const ending = 'total'.length + 1;
  const hasTotal = name.length > ending && name.endsWith('total') && separators.includes(name.at(-ending)!);
  return hasTotal ? name.slice(0, -ending) : name;
}
