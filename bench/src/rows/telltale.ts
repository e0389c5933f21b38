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
