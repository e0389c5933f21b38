import type { MonthlySignal, MonthlyUsage, Signal } from '@telltale/core';
import { SECONDS_PER_MONTH } from '@telltale/core';
import type { ScrapedMetric } from './scraped-metric.ts';

/** How a service is run, as far as its metrics do not tell. Rates are of one instance. */
export interface Assumptions {
  /** Seconds between exports of metrics. */
  readonly interval: number;
  readonly spansPerSecond: number;
  readonly eventsPerSecond: number;
  readonly instances: number;
}

/** Bytes of one point, span and event before compression: those of Telltale's recorded minute of demo traffic as JSON, rounded up. */
const BYTES: Readonly<Record<Signal, number>> = { metrics: 450, spans: 600, events: 400 };
/** Points in one request, where the backend has such a limit: PutMetricData and timeSeries.create. */
const POINTS_PER_REQUEST: Readonly<Record<string, number>> = { cloudwatch: 1000, 'google-cloud': 200 };
/** How often spans and events are sent, in seconds, and after how many of them earlier, unless the exporter is told otherwise. */
const BATCHES = { spans: { interval: 5, items: 512 }, events: { interval: 1, items: 512 } } as const;

/** What a backend would be sent in a month. */
export function assumedUsage(
  backend: string,
  signals: readonly Signal[],
  shared: boolean,
  metrics: readonly ScrapedMetric[],
  { interval, spansPerSecond, eventsPerSecond, instances }: Assumptions,
): MonthlyUsage {
  const copies = shared ? 1 : instances;
  const shapes = metrics.map((metric) => ({
    ...metric,
    series: copies * metric.series,
    buckets: copies * metric.buckets,
    quantiles: copies * metric.quantiles,
  }));
  const series = metrics.reduce((sum, metric) => sum + metric.series, 0);
  const exports = (instances * SECONDS_PER_MONTH) / interval;
  const perExport = Math.ceil(series / (POINTS_PER_REQUEST[backend] ?? Number.POSITIVE_INFINITY)) || 1;
  const all: Readonly<Record<Signal, MonthlySignal>> = {
    metrics: {
      requests: series === 0 ? 0 : exports * perExport,
      bytes: exports * series * BYTES.metrics,
      items: exports * series,
    },
    spans: batches('spans', spansPerSecond, instances),
    events: batches('events', eventsPerSecond, instances),
  };
  const taken = Object.entries(all).filter(([signal]) => signals.includes(signal as Signal));
  return { shapes: signals.includes('metrics') ? shapes : [], interval, signals: Object.fromEntries(taken) };
}

function batches(signal: 'spans' | 'events', perSecond: number, instances: number): MonthlySignal {
  const items = instances * perSecond * SECONDS_PER_MONTH;
  const { interval, items: most } = BATCHES[signal];
  const requests = Math.min(items, Math.max((instances * SECONDS_PER_MONTH) / interval, items / most));
  return { requests, bytes: items * BYTES[signal], items };
}
