import type { Exporter } from './exporter.ts';
import type { Signal } from './signal.ts';

/** Seconds between exports. Metrics and spans as OpenTelemetry's SDK has them; events are for eyes, so sooner. */
const INTERVALS: Readonly<Record<Signal, number>> = { metrics: 60, spans: 5, events: 1 };

/** Seconds between exports of a signal. */
export function exportInterval({ interval }: Pick<Exporter, 'interval'>, signal: Signal): number {
  return (typeof interval === 'number' ? interval : interval?.[signal]) ?? INTERVALS[signal];
}
