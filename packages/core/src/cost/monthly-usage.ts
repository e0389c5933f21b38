import type { Signal } from '../export/signal.ts';
import type { ExporterUsage, SignalUsage } from '../export/usage.ts';
import type { MetricShape } from './metric-shape.ts';

/** 730 hours: the month that AWS and others bill by. */
export const SECONDS_PER_MONTH = 730 * 3600;

/** What one signal uses of a backend in a month. */
export interface MonthlySignal {
  readonly requests: number;
  /** As backends charge them: before compression. */
  readonly bytes: number;
  /** Points, spans or events. */
  readonly items: number;
}

/** What an exporter uses of its backend in a month. */
export interface MonthlyUsage {
  /** All series, as they are now. */
  readonly shapes: readonly MetricShape[];
  /** Seconds between exports of metrics. */
  readonly interval: number;
  readonly signals: Readonly<Partial<Record<Signal, MonthlySignal>>>;
}

/** As long as nothing was sent, a request for each interval, with all series. */
export function monthlyUsage(usage: ExporterUsage, shapes: readonly MetricShape[]): MonthlyUsage {
  const signals: Partial<Record<Signal, MonthlySignal>> = {};
  for (const [signal, used] of Object.entries(usage.signals) as [Signal, SignalUsage][]) {
    // One export just after the start stands for an interval, not for the seconds since.
    const seconds = Math.max(usage.seconds, usage.interval[signal] ?? 0);
    const months = seconds / SECONDS_PER_MONTH;
    signals[signal] =
      signal === 'metrics' && used.requests === 0
        ? planned(shapes, usage.interval.metrics ?? 60)
        : months === 0
          ? { requests: 0, bytes: 0, items: 0 }
          : { requests: used.requests / months, bytes: used.uncompressed / months, items: used.items / months };
  }
  return { shapes, interval: usage.interval.metrics ?? 60, signals };
}

function planned(shapes: readonly MetricShape[], interval: number): MonthlySignal {
  const exports = SECONDS_PER_MONTH / interval;
  return { requests: exports, bytes: 0, items: exports * seriesOf(shapes) };
}

export function seriesOf(shapes: readonly MetricShape[]): number {
  return shapes.reduce((sum, { series }) => sum + series, 0);
}

/** What is left of it when only these signals are sent. */
export function only(usage: MonthlyUsage, ...signals: readonly Signal[]): MonthlyUsage {
  const kept = Object.entries(usage.signals).filter(([signal]) => signals.includes(signal as Signal));
  return { ...usage, shapes: signals.includes('metrics') ? usage.shapes : [], signals: Object.fromEntries(kept) };
}
