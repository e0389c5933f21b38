/** The three kinds of data an exporter can take. */
export type Signal = 'metrics' | 'spans' | 'events';

/** The method of an exporter that takes a signal; its keys are all signals. */
export const EXPORT_METHODS = {
  metrics: 'exportMetrics',
  spans: 'exportSpans',
  events: 'exportEvents',
} as const satisfies Readonly<Record<Signal, string>>;
