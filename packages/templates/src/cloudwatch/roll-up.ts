import type { Match, Selector } from '@telltale/alerts';

/** A metric that a view of the service makes of another: all its series, but for these attributes put together. */
export interface RollUp {
  readonly metric: string;
  readonly keys: readonly string[];
  readonly name: string;
}

/** One series of a roll-up, and how often it counts. */
export interface Term {
  readonly times: number;
  readonly rollUp: RollUp;
  /** Beside those of the service. A key of the roll-up that is not here is an attribute that the series must not have. */
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Values that there can be, for patterns: an alarm has to name each. Of the codes, those that a service of its own answers; an alarm has ten metrics at most. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  'http.response.status_code': ['400', '401', '403', '404', '408', '409', '413', '422', '429', '499'].concat([
    '500',
    '501',
    '502',
    '503',
    '504',
    '505',
    '507',
    '508',
    '511',
  ]),
  'job.outcome': ['completed', 'failed', 'retried', 'aborted'],
};

export function rollUpOf(metric: string, keys: readonly string[]): RollUp {
  const sorted = keys.toSorted();
  return { metric, keys: sorted, name: sorted.length === 0 ? `${metric}.total` : `${metric}.by.${sorted.join('.')}` };
}

/** The series whose values, added up, are those of the selector. A text: why there are none. */
export function termsOf({ metric, where = {} }: Selector): readonly Term[] | string {
  const spread = spreadOf(Object.entries(where), {});
  if (typeof spread === 'string') return spread;
  const terms = new Map<string, Term>();
  for (const { times, fixed } of spread) {
    if (cannotBe(metric, fixed)) continue;
    const rollUp = rollUpOf(metric, Object.keys(fixed));
    const known = Object.entries(fixed).filter((entry): entry is [string, string] => entry[1] !== null);
    const dimensions = Object.fromEntries(known.toSorted(([a], [b]) => (a < b ? -1 : 1)));
    const key = JSON.stringify([rollUp.name, dimensions]);
    terms.set(key, { times: (terms.get(key)?.times ?? 0) + times, rollUp, dimensions });
  }
  return [...terms.values()].filter(({ times }) => times !== 0);
}

/** A call that was answered with a status from 400 up has failed, and an own one from 500 up: it always has an error type (core's conventions). */
const FAILED_FROM: Readonly<Record<string, number>> = {
  'boundary.call.duration': 400,
  'http.server.request.duration': 500,
};

function cannotBe(metric: string, fixed: Fixed['fixed']): boolean {
  const from = FAILED_FROM[metric] ?? Number.POSITIVE_INFINITY;
  return fixed['error.type'] === null && Number(fixed['http.response.status_code'] ?? 0) >= from;
}

/** `null`: without the attribute. */
interface Fixed {
  readonly times: number;
  readonly fixed: Readonly<Record<string, string | null>>;
}

function spreadOf(
  where: readonly (readonly [key: string, match: Match])[],
  fixed: Readonly<Record<string, string | null>>,
): readonly Fixed[] | string {
  const [first, ...rest] = where;
  if (first === undefined) return [{ times: 1, fixed }];
  const [key, match] = first;
  const all = spreadOf(rest, fixed);
  if (typeof all === 'string') return all;
  const having = (value: string | null, times: number): readonly Fixed[] =>
    all.map((one) => ({ times: one.times * times, fixed: { ...one.fixed, [key]: value } }));
  if (match === true) return [...all, ...having(null, -1)];
  const not = typeof match === 'object' && 'not' in match;
  const values = valuesOf(key, not ? match.not : match);
  if (typeof values === 'string') return values;
  const these = values.flatMap((value) => having(value, not ? -1 : 1));
  return not ? [...all, ...these] : these;
}

function valuesOf(key: string, match: unknown): readonly string[] | string {
  const given = (Array.isArray(match) ? match : [match]).map(String);
  const values: string[] = [];
  for (const value of given) {
    if (!value.includes('*')) values.push(value);
    else {
      const known = VALUES[key];
      if (known === undefined)
        return `CloudWatch has no patterns, and the values of ${key} that "${value}" stands for are not known; list them.`;
      const pattern = new RegExp(
        `^${value
          .split('*')
          .map((part) => part.replaceAll(/\W/g, '\\$&'))
          .join('.*')}$`,
      );
      values.push(...known.filter((one) => pattern.test(one)));
    }
  }
  return [...new Set(values)];
}

/** For `createTelemetry({ metrics: { views } })`: the metrics as they are, and the roll-ups beside them. */
export function viewsOf(rollUps: readonly RollUp[]): readonly ServiceView[] {
  const byName = new Map(rollUps.map((rollUp) => [rollUp.name, rollUp]));
  const metrics = [...new Set([...byName.values()].map(({ metric }) => metric))].toSorted();
  return metrics.flatMap((instrumentName) => [
    { instrumentName },
    ...[...byName.values()]
      .filter(({ metric }) => metric === instrumentName)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, keys }) => ({ instrumentName, name, attributes: { allow: keys } })),
  ]);
}

export interface ServiceView {
  readonly instrumentName: string;
  readonly name?: string;
  readonly attributes?: { readonly allow: readonly string[] };
}
