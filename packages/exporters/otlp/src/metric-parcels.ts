import type {
  CounterMetric,
  GaugeMetric,
  Metric,
  NumberPoint,
  Point,
  SummaryMetric,
  SummaryPoint,
} from '@telltale/core';
import type { Parcel } from '@telltale/exporter-kit';
import type { OtlpShape } from './otlp-options.ts';

/** A data point as it is sent, with the metric that it is a point of: only the metric's points are not looked at. */
export interface SentPoint {
  readonly metric: Metric;
  readonly point: Point;
}

export interface MetricParcels {
  readonly parcels: readonly Parcel<readonly SentPoint[]>[];
  /** Points that say nothing: a gauge that is not a finite number. There is nothing to send, and nothing is lost. */
  readonly silent: number;
}

/** One parcel per point, which is one data point, or several of a summary that is sent as gauges. */
export function metricParcels(metrics: readonly Metric[], { summaries = 'summaries' }: OtlpShape): MetricParcels {
  const parcels: Parcel<readonly SentPoint[]>[] = [];
  let silent = 0;
  for (const metric of metrics) {
    const split = metric.type === 'summary' && summaries === 'gauges' ? new SplitSummary(metric) : undefined;
    for (const point of metric.points) {
      if ('value' in point && !Number.isFinite(point.value)) silent++;
      else {
        const payload = split === undefined ? [{ metric, point }] : split.points(point as SummaryPoint);
        parcels.push({ payload, items: [point] });
      }
    }
  }
  return { parcels, silent };
}

/** Metrics again, of the points that a request has; the order stays. */
export function metricsOf(payloads: readonly (readonly SentPoint[])[]): readonly Metric[] {
  const points = new Map<Metric, Point[]>();
  for (const payload of payloads) {
    for (const { metric, point } of payload) {
      const known = points.get(metric);
      if (known === undefined) points.set(metric, [point]);
      else known.push(point);
    }
  }
  return [...points].map(([metric, some]) => ({ ...metric, points: some }) as Metric);
}

/** A summary for backends that have none: a gauge with a series per quantile, and counters for what it counted. */
class SplitSummary {
  private readonly quantiles: GaugeMetric;
  private readonly count: CounterMetric;
  private readonly sum: CounterMetric;

  constructor(metric: SummaryMetric) {
    const { points: _, type: __, ...rest } = metric;
    this.quantiles = { ...rest, type: 'gauge', temporality: 'cumulative', points: [] };
    this.count = { ...rest, name: `${rest.name}.count`, unit: '1', type: 'counter', points: [] };
    this.sum = { ...rest, name: `${rest.name}.sum`, type: 'counter', points: [] };
  }

  points({ attributes, startTime, time, count, sum, quantiles }: SummaryPoint): readonly SentPoint[] {
    const at = (value: number, more: Readonly<Record<string, string>> = {}): NumberPoint => ({
      attributes: { ...attributes, ...more },
      startTime,
      time,
      value,
    });
    return [
      ...quantiles
        .filter(({ value }) => !Number.isNaN(value))
        .map(({ quantile, value }) => ({
          metric: this.quantiles,
          point: at(value, { quantile: String(quantile) }),
        })),
      { metric: this.count, point: at(count) },
      { metric: this.sum, point: at(sum) },
    ];
  }
}
