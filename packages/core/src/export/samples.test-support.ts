import type { SeriesAttributes } from '../attributes.ts';
import type {
  CounterMetric,
  ExponentialHistogramMetric,
  GaugeMetric,
  HistogramMetric,
  Metric,
  MetricsSnapshot,
  MetricsSource,
  Point,
  SummaryMetric,
  UpDownCounterMetric,
} from '../metrics/snapshot.ts';
import type { OperationEvent } from '../operations/operation-event.ts';
import type { Resource } from '../resource.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';

export const EPOCH = 1_700_000_000;
export const resource: Resource = Object.freeze({ attributes: Object.freeze({ 'service.name': 'checkout' }) });
export const emptySource: MetricsSource = { resource, problem: () => {}, open: async () => [] };

const shared = { description: '', unit: '', scope: { name: 'test' }, resource, temporality: 'cumulative' } as const;

export function attributesOf(attributes: Record<string, string | number | boolean> = {}): SeriesAttributes {
  return Object.freeze({ ...attributes });
}

export function snapshotOf(time: number, ...metrics: readonly Metric[]): MetricsSnapshot {
  return { time, resource, metrics };
}

export function pointsOf(snapshot: MetricsSnapshot): readonly Point[] {
  return snapshot.metrics.flatMap((metric) => metric.points as readonly Point[]);
}

export function counter(name: string, points: CounterMetric['points'], unit = ''): CounterMetric {
  return { ...shared, type: 'counter', name, unit, points };
}

export function upDownCounter(name: string, points: UpDownCounterMetric['points']): UpDownCounterMetric {
  return { ...shared, type: 'upDownCounter', name, points };
}

export function gauge(name: string, points: GaugeMetric['points']): GaugeMetric {
  return { ...shared, type: 'gauge', name, points };
}

export function histogram(
  name: string,
  boundaries: readonly number[],
  points: HistogramMetric['points'],
): HistogramMetric {
  return { ...shared, type: 'histogram', unit: 's', name, boundaries, points };
}

export function exponential(name: string, points: ExponentialHistogramMetric['points']): ExponentialHistogramMetric {
  return { ...shared, type: 'exponentialHistogram', unit: 'By', name, points };
}

export function summary(name: string, points: SummaryMetric['points']): SummaryMetric {
  return { ...shared, type: 'summary', name, points };
}

export function spanOf(name: string, more: Partial<FinishedSpan> = {}): FinishedSpan {
  return {
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    parentIsRemote: false,
    traceFlags: 1,
    name,
    kind: 0,
    startTime: EPOCH,
    endTime: EPOCH + 0.25,
    status: 'unset',
    attributes: {},
    events: [],
    links: [],
    dropped: { attributes: 0, events: 0, links: 0 },
    scope: { name: 'test' },
    resource,
    ...more,
  };
}

export function eventOf(name: string, more: Partial<OperationEvent> = {}): OperationEvent {
  return {
    type: 'end',
    kind: 'job',
    name,
    time: EPOCH + 1,
    startTime: EPOCH,
    duration: 1,
    outcome: 'completed',
    attributes: {},
    resource,
    ...more,
  };
}
