import type { OtlpBackend } from '@telltale-internal/backends';

/** How much of each series arrived: of counters the sum, of histograms how many values. By `name key=value …`. */
export type Arrivals = Map<string, number>;

/** The attributes that tell series apart here. */
const KEYS = ['faas.trigger', 'error.type', 'http.route', 'http.response.status_code', 'job.queue', 'job.outcome'];
/** What is compared: what counts operations. */
const NAMES =
  /^(faas\.(coldstarts|invocations|errors|timeouts|invoke_duration|init_duration)|http\.server\.request\.duration|job\.(started|duration|retries))$/;

export function addArrival(
  arrivals: Arrivals,
  name: string,
  attributes: Readonly<Record<string, unknown>>,
  value: number,
): void {
  if (!NAMES.test(name) || value === 0) return;
  const key = [
    name,
    ...KEYS.flatMap((one) => (attributes[one] === undefined ? [] : [`${one}=${String(attributes[one])}`])),
  ].join(' ');
  arrivals.set(key, (arrivals.get(key) ?? 0) + value);
}

/** What CloudWatch makes of the lines that a function wrote. */
export function arrivedByEmf(stdout: string, arrivals: Arrivals): void {
  for (const text of stdout.split('\n')) {
    if (!text.startsWith('{')) continue;
    const line = JSON.parse(text) as Record<string, unknown> & {
      readonly _aws?: {
        readonly CloudWatchMetrics: readonly { readonly Metrics: readonly { readonly Name: string }[] }[];
      };
    };
    for (const { Name } of line._aws?.CloudWatchMetrics[0]?.Metrics ?? []) {
      const value = line[Name];
      addArrival(arrivals, Name, line, typeof value === 'number' ? value : (value as { readonly Count: number }).Count);
    }
  }
}

/** Of cumulative series the last point counts, for each process that had them. */
export function arrivedByOtlp(backend: OtlpBackend): Arrivals {
  const arrivals: Arrivals = new Map();
  const last = new Map<
    string,
    {
      readonly name: string;
      readonly attributes: Record<string, unknown>;
      readonly value: number;
      readonly time: bigint;
    }
  >();
  for (const { resourceMetrics } of backend.documents('metrics')) {
    for (const { resource, scopeMetrics } of resourceMetrics ?? []) {
      for (const { name, sum, histogram } of (scopeMetrics ?? []).flatMap(({ metrics }) => metrics ?? [])) {
        for (const point of sum?.dataPoints ?? histogram?.dataPoints ?? []) {
          const attributes = Object.fromEntries(
            (point.attributes ?? []).map(({ key, value }) => [key, Object.values(value ?? {})[0]]),
          );
          const value = point.count === undefined ? (point.asDouble ?? 0) : Number(point.count);
          if ((sum ?? histogram)?.aggregationTemporality === 1) addArrival(arrivals, name, attributes, value);
          else {
            const key = JSON.stringify([name, resource, point.attributes, point.startTimeUnixNano]);
            const time = BigInt(point.timeUnixNano);
            if ((last.get(key)?.time ?? 0n) <= time) last.set(key, { name, attributes, value, time });
          }
        }
      }
    }
  }
  for (const { name, attributes, value } of last.values()) addArrival(arrivals, name, attributes, value);
  return arrivals;
}
