import { SpanKind } from '@opentelemetry/api';
import type { Exporter, Telemetry, TelemetryOptions } from '@telltale/core';
import { ROOM } from './series.ts';

/** Telemetry as the rows need it: room for all series, and silent signals. */
export async function startTelltale(options: Partial<TelemetryOptions> = {}): Promise<Telemetry> {
  const { createTelemetry } = await import('@telltale/core');
  return createTelemetry({
    service: { name: 'bench' },
    cardinality: { perInstrument: ROOM, total: 2 * ROOM },
    ...options,
  });
}

/** Takes all spans and does nothing with them but count those that a test of the row needs. */
export function spanSink(): Exporter & { spans: number; roots: number; consumers: number } {
  return {
    name: 'sink',
    spans: 0,
    roots: 0,
    consumers: 0,
    async exportSpans(spans) {
      this.spans += spans.length;
      for (const { parentSpanId, kind } of spans) {
        if (parentSpanId === undefined) this.roots++;
        if (kind === SpanKind.CONSUMER) this.consumers++;
      }
    },
  };
}

type SpanSink = ReturnType<typeof spanSink>;

/**
 * How many requests were observed: by their spans, or, without a sink, by their metrics. Not by both, as each time metrics are read the
 * next thirty-two records of each series take exemplars: in a service that is once a minute, here it would be most of them.
 */
export async function requestsSeen(telemetry: Telemetry, sink: SpanSink | undefined): Promise<number> {
  await telemetry.flush();
  return sink === undefined ? countOf(telemetry, 'http.server.request.duration') : sink.roots;
}

/** Of all series of a histogram. */
export function countOf(telemetry: Telemetry, histogram: string): number {
  const metric = telemetry.snapshot().metrics.find(({ name }) => name === histogram);
  return metric?.type === 'histogram' ? metric.points.reduce((sum, { count }) => sum + count, 0) : 0;
}
