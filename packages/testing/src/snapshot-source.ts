import type { MetricReader, MetricsSnapshot, MetricsSource } from '@telltale/core';

/** A source as a telemetry hands it to the `start` of an exporter that serves, reading what `snapshot` gives at the time. */
export function sourceOf(snapshot: () => MetricsSnapshot): MetricsSource & { readonly problems: readonly string[] } {
  const problems: string[] = [];
  return {
    get resource() {
      return snapshot().resource;
    },
    problems,
    problem: (_, message) => void problems.push(message),
    open: async () =>
      snapshot().metrics.map(
        ({ points, ...metric }) => ({ ...metric, size: points.length, read: () => points.values() }) as MetricReader,
      ),
  };
}
