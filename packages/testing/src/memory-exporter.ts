import type {
  Attributes,
  ExportContext,
  Exporter,
  FinishedSpan,
  Metric,
  MetricsSnapshot,
  OperationEvent,
  Point,
  Temporality,
} from '@telltale/core';

/** What is kept of each kind, so that a long test does not fill the memory; the oldest go first. */
const MAX_SNAPSHOTS = 1000;
const MAX_ITEMS = 10_000;

export interface MemoryExporterOptions {
  /** `memory` unless given. */
  readonly name?: string;
  readonly temporality?: Temporality;
  readonly interval?: Exporter['interval'];
}

/** An exporter that keeps what it is handed, for tests. Call `await telemetry.flush()` before looking. */
export interface MemoryExporter extends Exporter {
  /** The last 1,000, the oldest first. */
  readonly snapshots: readonly MetricsSnapshot[];
  /** The last 10,000, in the order in which they ended. */
  readonly spans: readonly FinishedSpan[];
  /** The last 10,000. */
  readonly events: readonly OperationEvent[];
  /** The metric as the last snapshot has it. */
  metric(name: string): Metric | undefined;
  /**
   * The number of the series that have these attributes, and perhaps others: the sum of counters and up-down counters, how many values a
   * histogram or summary has, the value of a gauge. `undefined`: there is no such series. With delta temporality, the sum over all snapshots.
   * Throws for a gauge with several such series.
   */
  value(name: string, attributes?: Attributes): number | undefined;
  /** Forgets all it has, and failures that were to come. */
  reset(): void;
  /** The next `times` calls are rejected, with this error if one is given; `fail(error)` is one call, `fail(0)` none. */
  fail(failure: number | Error, times?: number): void;
}

export function memoryExporter(options: MemoryExporterOptions = {}): MemoryExporter {
  const snapshots: MetricsSnapshot[] = [];
  const spans: FinishedSpan[] = [];
  const events: OperationEvent[] = [];
  let failures = 0;
  let error: Error | undefined;

  const take = async (context: ExportContext, keep: () => void): Promise<void> => {
    context.signal.throwIfAborted();
    if (failures > 0) {
      failures--;
      throw error ?? new Error('the memory exporter was told to fail');
    }
    keep();
  };
  const metric = (name: string): Metric | undefined => snapshots.at(-1)?.metrics.find((one) => one.name === name);

  return {
    name: options.name ?? 'memory',
    ...(options.temporality !== undefined && { temporality: options.temporality }),
    ...(options.interval !== undefined && { interval: options.interval }),
    snapshots,
    spans,
    events,
    exportMetrics: (snapshot, context) => take(context, () => keepLast(snapshots, [snapshot], MAX_SNAPSHOTS)),
    exportSpans: (given, context) => take(context, () => keepLast(spans, given, MAX_ITEMS)),
    exportEvents: (given, context) => take(context, () => keepLast(events, given, MAX_ITEMS)),
    shutdown: async () => {},
    metric,
    value: (name, attributes = {}) => {
      const all = snapshots.flatMap(({ metrics }) => metrics.filter((one) => one.name === name));
      if (all.at(-1)?.temporality !== 'delta') return numberOf(metric(name), attributes);
      const values = all.map((one) => numberOf(one, attributes)).filter((value) => value !== undefined);
      return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
    },
    reset: () => {
      snapshots.length = 0;
      spans.length = 0;
      events.length = 0;
      failures = 0;
    },
    fail: (failure, times = 1) => {
      error = typeof failure === 'number' ? undefined : failure;
      failures = typeof failure === 'number' ? failure : times;
    },
  };
}

function keepLast<T>(kept: T[], given: readonly T[], max: number): void {
  for (const one of given) kept.push(one);
  if (kept.length > max) kept.splice(0, kept.length - max);
}

function numberOf(metric: Metric | undefined, attributes: Attributes): number | undefined {
  const wanted = Object.entries(attributes).filter(([, value]) => value !== undefined && value !== null);
  const points = (metric?.points ?? []) as readonly Point[];
  const found = points.filter((point) => wanted.every(([key, value]) => point.attributes[key] === value));
  if (metric?.type === 'gauge' && found.length > 1) {
    throw new Error(
      `The gauge "${metric.name}" has ${found.length} series with these attributes; name more attributes.`,
    );
  }
  if (found.length === 0) return undefined;
  return found.reduce((sum, point) => sum + ('value' in point ? point.value : point.count), 0);
}
