import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SeriesAttributes } from '../attributes.ts';
import type { ExponentialBuckets, Metric, MetricsSnapshot, NumberPoint, Point } from '../metrics/snapshot.ts';
import { DeltaTracker } from './delta.ts';
import { downscale } from './exponential-buckets.ts';
import {
  attributesOf,
  counter,
  exponential,
  gauge,
  histogram,
  pointsOf,
  snapshotOf,
  summary,
  upDownCounter,
} from './samples.test-support.ts';

const pro = attributesOf({ plan: 'pro' });
const free = attributesOf({ plan: 'free' });

function orders(time: number, ...values: readonly [attributes: SeriesAttributes, value: number][]): MetricsSnapshot {
  const points = values.map(([attributes, value]) => ({ attributes, startTime: 0, time, value }));
  return snapshotOf(time, counter('orders', points));
}

function valuesOf(snapshot: MetricsSnapshot): readonly [start: number, time: number, value: number][] {
  return (pointsOf(snapshot) as readonly NumberPoint[]).map(({ startTime, time, value }) => [startTime, time, value]);
}

describe('the difference since the last acknowledged export', () => {
  it('is everything at first, from the start of the series', () => {
    const delta = new DeltaTracker().difference(orders(10, [pro, 3]));
    expect(valuesOf(delta)).toEqual([[0, 10, 3]]);
    expect(delta.metrics[0]?.temporality).toBe('delta');
  });

  it('begins where the acknowledged one ended', () => {
    const tracker = new DeltaTracker();
    tracker.difference(orders(10, [pro, 3]));
    tracker.acknowledge();
    expect(valuesOf(tracker.difference(orders(20, [pro, 5])))).toEqual([[10, 20, 2]]);
  });

  it('begins where another process says that the backend has it, and says so to the next', () => {
    const tracker = new DeltaTracker();
    tracker.assume(orders(10, [pro, 3]).metrics);
    const snapshot = orders(20, [pro, 5], [free, 7]);
    expect(valuesOf(tracker.difference(snapshot))).toEqual([
      [10, 20, 2],
      [0, 20, 7],
    ]);
    expect(pointsOf({ ...snapshot, metrics: tracker.acknowledged(snapshot) })).toMatchObject([{ time: 10, value: 3 }]);
    tracker.acknowledge();
    const next = new DeltaTracker();
    next.assume(tracker.acknowledged(snapshot));
    expect(next.difference(snapshot).metrics).toEqual([]);
  });

  it('begins anew where another process says so that exported meanwhile', () => {
    const tracker = new DeltaTracker();
    tracker.difference(orders(10, [pro, 3]));
    tracker.acknowledge();
    tracker.assume(orders(20, [pro, 8]).metrics);
    expect(valuesOf(tracker.difference(orders(30, [pro, 9])))).toEqual([[20, 30, 1]]);
  });

  it('grows wider when an export failed', () => {
    const tracker = new DeltaTracker();
    tracker.difference(orders(10, [pro, 3]));
    expect(valuesOf(tracker.difference(orders(20, [pro, 5])))).toEqual([[0, 20, 5]]);
  });

  it('leaves out what did not change, and a series of zero', () => {
    const tracker = new DeltaTracker();
    tracker.difference(orders(10, [pro, 3], [free, 0]));
    tracker.acknowledge();
    expect(tracker.difference(orders(20, [pro, 3], [free, 0])).metrics).toEqual([]);
    expect(valuesOf(tracker.difference(orders(30, [pro, 4], [free, 1])))).toEqual([
      [20, 30, 1],
      [0, 30, 1],
    ]);
  });

  it('takes the acknowledgement of some points', () => {
    const tracker = new DeltaTracker();
    const [first] = pointsOf(tracker.difference(orders(10, [pro, 3], [free, 2])));
    tracker.acknowledge([first as Point]);
    expect(valuesOf(tracker.difference(orders(20, [pro, 4], [free, 2])))).toEqual([
      [10, 20, 1],
      [0, 20, 2],
    ]);
  });

  it('ignores the acknowledgement of points that are not its own', () => {
    const tracker = new DeltaTracker();
    const early = pointsOf(tracker.difference(orders(10, [pro, 3])));
    tracker.difference(orders(20, [pro, 5]));
    tracker.acknowledge([...early, { attributes: pro, startTime: 0, time: 20, value: 5 }]);
    expect(valuesOf(tracker.difference(orders(30, [pro, 5])))).toEqual([[0, 30, 5]]);
  });

  it('takes a series that came back with other attributes for a new one', () => {
    const tracker = new DeltaTracker();
    tracker.difference(orders(10, [pro, 3]));
    tracker.acknowledge();
    expect(valuesOf(tracker.difference(orders(20, [attributesOf({ plan: 'pro' }), 1])))).toEqual([[0, 20, 1]]);
  });

  it('gives a vanished series until it is acknowledged', () => {
    const tracker = new DeltaTracker();
    tracker.difference(orders(10, [pro, 3], [free, 1]));
    const again = tracker.difference(orders(20, [free, 1]));
    expect(valuesOf(again)).toEqual([
      [0, 20, 1],
      [0, 10, 3],
    ]);
    tracker.acknowledge();
    expect(tracker.difference(orders(30)).metrics).toEqual([]);
  });

  it('gives a vanished series also when its whole metric is gone, in the order of names', () => {
    const tracker = new DeltaTracker();
    tracker.difference(orders(10, [pro, 3]));
    const later = snapshotOf(20, gauge('a', [{ attributes: free, startTime: 0, time: 20, value: 1 }]), gauge('z', []));
    expect(tracker.difference(later).metrics.map((metric) => metric.name)).toEqual(['a', 'orders']);
  });

  it('remembers a series that is left out of snapshots while it is idle', () => {
    const tracker = new DeltaTracker();
    tracker.difference(orders(10, [pro, 3]));
    tracker.acknowledge();
    tracker.difference(orders(20));
    expect(valuesOf(tracker.difference(orders(30, [pro, 4])))).toEqual([[10, 30, 1]]);
  });

  it('takes a counter that fell for one that was reset', () => {
    const tracker = new DeltaTracker();
    tracker.difference(orders(10, [pro, 30]));
    tracker.acknowledge();
    expect(valuesOf(tracker.difference(orders(20, [pro, 2])))).toEqual([[10, 20, 2]]);
  });

  it('takes a histogram of which any bucket fell for one that was reset, though it has as many values in all', () => {
    const timings = (time: number, counts: readonly number[], sum: number): MetricsSnapshot => {
      const count = counts.reduce((all, n) => all + n, 0);
      const point = { attributes: pro, startTime: 0, time, count, sum, min: 0, max: 9, counts, exemplars: [] };
      return snapshotOf(time, histogram('timings', [1], [point]));
    };
    const tracker = new DeltaTracker();
    tracker.difference(timings(10, [3, 1], 7));
    tracker.acknowledge();
    expect(pointsOf(tracker.difference(timings(20, [0, 5], 40)))).toMatchObject([
      { startTime: 10, time: 20, count: 5, sum: 40, counts: [0, 5] },
    ]);
  });

  it('takes an exponential histogram of which any bucket fell for one that was reset', () => {
    const sizes = (time: number, positive: ExponentialBuckets, zeroCount: number): MetricsSnapshot => {
      const count = positive.counts.reduce((all, n) => all + n, zeroCount);
      const none = { offset: 0, counts: [] };
      const shared = { attributes: pro, startTime: 0, time, sum: count, min: 0, max: 9, scale: 2, zeroThreshold: 0 };
      return snapshotOf(
        time,
        exponential('sizes', [{ ...shared, count, zeroCount, positive, negative: none, exemplars: [] }]),
      );
    };
    for (const [positive, zeroCount] of [
      [{ offset: 5, counts: [2, 0, 4] }, 1],
      [{ offset: 6, counts: [1, 9] }, 1],
      [{ offset: 5, counts: [2, 1, 9] }, 0],
    ] as const) {
      const tracker = new DeltaTracker();
      tracker.difference(sizes(10, { offset: 5, counts: [2, 1] }, 1));
      tracker.acknowledge();
      const [difference] = pointsOf(tracker.difference(sizes(20, positive, zeroCount)));
      expect(difference).toMatchObject({ startTime: 10, zeroCount, positive });
    }
  });

  it('does not begin after it ends when the clock was set back', () => {
    const tracker = new DeltaTracker();
    tracker.difference(orders(1000, [pro, 3]));
    tracker.acknowledge();
    expect(valuesOf(tracker.difference(orders(20, [pro, 5])))).toEqual([[20, 20, 2]]);
    tracker.acknowledge();
    expect(valuesOf(tracker.difference(orders(30, [pro, 6])))).toEqual([[20, 30, 1]]);
  });

  it('forgets the longest waiting of too many vanished series, and counts them', () => {
    const tracker = new DeltaTracker(2);
    for (let i = 1; i <= 5; i++) tracker.difference(orders(i, [attributesOf({ i }), i]));
    expect(valuesOf(tracker.difference(orders(6)))).toEqual([
      [0, 4, 4],
      [0, 5, 5],
    ]);
    expect(tracker.forgotten).toBe(3);
  });

  it('leaves gauges and up-down counters as they are', () => {
    const tracker = new DeltaTracker();
    const point = { attributes: pro, startTime: 0, time: 10, value: 7 };
    const snapshot = snapshotOf(10, upDownCounter('active', [point]), gauge('temperature', [point]));
    tracker.difference(snapshot);
    tracker.acknowledge();
    expect(tracker.difference(snapshot).metrics).toEqual(snapshot.metrics);
  });

  it('keeps the exemplars of counters that are new, and has none rather than an empty list', () => {
    const tracker = new DeltaTracker();
    const at = (time: number, value: number, ...times: readonly number[]) => {
      const exemplars = times.map((when) => ({ value: 1, time: when, filteredAttributes: { user: 'u' } }));
      return snapshotOf(time, counter('orders', [{ attributes: pro, startTime: 0, time, value, exemplars }]));
    };
    expect(pointsOf(tracker.difference(at(10, 2, 3, 8)))).toMatchObject([{ exemplars: [{ time: 3 }, { time: 8 }] }]);
    tracker.acknowledge();
    expect(pointsOf(tracker.difference(at(20, 3, 8, 12)))).toMatchObject([{ value: 1, exemplars: [{ time: 12 }] }]);
    tracker.acknowledge();
    const [last] = pointsOf(tracker.difference(at(30, 4, 12)));
    expect(last).toEqual({ attributes: pro, startTime: 20, time: 30, value: 1 });
  });

  it.each([
    ['schema', { schemaUrl: 'https://opentelemetry.io/schemas/1.37.0' }],
    ['attributes', { attributes: { shard: 2 } }],
  ])('gives what vanished under the scope that it had, also where that differs in its %s only', (_, more) => {
    const tracker = new DeltaTracker();
    const other = (time: number, value: number): Metric => ({
      ...counter('orders', [{ attributes: free, startTime: 0, time, value }]),
      scope: { name: 'test', ...more },
    });
    tracker.difference(snapshotOf(10, ...orders(10, [pro, 3]).metrics, other(10, 7)));
    const { metrics } = tracker.difference(orders(20, [pro, 5]));
    expect(
      metrics.map(({ scope, points }) => [scope, (points as readonly NumberPoint[]).map(({ value }) => value)]),
    ).toEqual([
      [{ name: 'test' }, [5]],
      [{ name: 'test', ...more }, [7]],
    ]);
  });

  it('subtracts histograms bucket by bucket and keeps the exemplars that are new', () => {
    const tracker = new DeltaTracker();
    const exemplar = (time: number) => ({ value: 0.5, time, traceId: 'a', spanId: 'b' });
    const at = (time: number, counts: readonly number[], sum: number, times: readonly number[]) =>
      snapshotOf(
        time,
        histogram(
          'duration',
          [1, 5],
          [
            {
              attributes: pro,
              startTime: 0,
              time,
              count: 0,
              sum,
              min: 1,
              max: 9,
              counts,
              exemplars: times.map(exemplar),
            },
          ].map((point) => ({ ...point, count: counts.reduce((a, b) => a + b, 0) })),
        ),
      );
    tracker.difference(at(10, [1, 0, 2], 20, [3, 9]));
    tracker.acknowledge();
    expect(pointsOf(tracker.difference(at(20, [1, 1, 5], 50, [3, 12])))).toEqual([
      {
        attributes: pro,
        startTime: 10,
        time: 20,
        count: 4,
        sum: 30,
        min: undefined,
        max: undefined,
        counts: [0, 1, 3],
        exemplars: [exemplar(12)],
      },
    ]);
  });

  it('subtracts exponential histograms whose scale fell in between', () => {
    const tracker = new DeltaTracker();
    const at = (time: number, scale: number, offset: number, counts: readonly number[], zeroCount: number) => ({
      attributes: pro,
      startTime: 0,
      time,
      count: counts.reduce((a, b) => a + b, zeroCount),
      sum: time,
      min: 1,
      max: 2,
      scale,
      zeroCount,
      zeroThreshold: 0,
      positive: { offset, counts },
      negative: { offset: 0, counts: [] },
      exemplars: [],
    });
    tracker.difference(snapshotOf(10, exponential('size', [at(10, 2, -3, [1, 2, 3, 4], 1)])));
    tracker.acknowledge();
    // At scale 0, −3 and −2 and −1 are bucket −1, 0 is bucket 0.
    const [point] = pointsOf(tracker.difference(snapshotOf(20, exponential('size', [at(20, 0, -1, [6, 5, 0, 7], 3)]))));
    expect(point).toEqual({
      ...at(20, 0, 0, [1, 0, 7], 2),
      startTime: 10,
      sum: 10,
      min: undefined,
      max: undefined,
    });
  });

  it('subtracts count and sum of summaries and leaves the quantiles', () => {
    const tracker = new DeltaTracker();
    const quantiles = [{ quantile: 0.5, value: 2 }];
    const at = (time: number, count: number, sum: number) =>
      snapshotOf(time, summary('price', [{ attributes: pro, startTime: 0, time, count, sum, quantiles }]));
    tracker.difference(at(10, 3, 6));
    tracker.acknowledge();
    expect(pointsOf(tracker.difference(at(20, 5, 16)))).toEqual([
      { attributes: pro, startTime: 10, time: 20, count: 2, sum: 10, quantiles },
    ]);
  });

  it('is frozen through and through, and leaves the snapshot it was made from alone', () => {
    const tracker = new DeltaTracker();
    tracker.difference(orders(10, [pro, 3]));
    const delta = tracker.difference(orders(20, [pro, 5]));
    expect(isDeeplyFrozen(delta.metrics)).toBe(true);
    expect(Object.isFrozen(delta)).toBe(true);
  });
});

describe('any sequence of records, failures, partial acknowledgements and expiries', () => {
  it('adds up to exactly what was recorded', () => {
    const series = fc.nat({ max: 5 });
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('record' as const), series, value: fc.integer({ min: -40, max: 40 }) }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ do: fc.constant('export' as const), taken: fc.constantFrom('all', 'none', 'some') }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constantFrom('expire' as const, 'hide' as const, 'show' as const), series }),
      },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const service = new Service();
        for (const one of steps) {
          if (one.do === 'record') service.record(one.series, one.value);
          else if (one.do === 'export') service.export(one.taken);
          else service[one.do](one.series);
        }
        service.export('all');
        for (const one of service.everSeen) expect(one.received).toEqual(one.seen);
      }),
      { numRuns: 500 },
    );
  });
});

/** Buckets by index at scale 0, made from values that are bucket indexes at scale 5. */
type Sums = { count: number; sum: number; buckets: Record<number, number> };

interface Model {
  readonly kind: 'counter' | 'histogram' | 'exponentialHistogram' | 'summary';
  readonly slot: number;
  readonly attributes: SeriesAttributes;
  readonly values: number[];
  hidden: boolean;
  /** What the last snapshot showed, and what the backend acknowledged. */
  seen: Sums;
  readonly received: Sums;
}

/** A service with series of all kinds, and a backend that adds up what it takes. */
class Service {
  readonly everSeen: Model[] = [];
  private readonly live = new Map<number, Model>();
  private readonly tracker = new DeltaTracker();
  private time = 0;

  record(slot: number, value: number): void {
    let model = this.live.get(slot);
    if (model === undefined) {
      const kind = (['counter', 'histogram', 'exponentialHistogram', 'summary'] as const)[slot % 4] as Model['kind'];
      const none = (): Sums => ({ count: 0, sum: 0, buckets: {} });
      model = {
        kind,
        slot,
        attributes: attributesOf({ slot }),
        values: [],
        hidden: false,
        seen: none(),
        received: none(),
      };
      this.live.set(slot, model);
      this.everSeen.push(model);
    }
    model.values.push(value);
  }

  /** Series expire when they were idle for long: what they hold has been seen. */
  expire(slot: number): void {
    this.export('none');
    this.live.delete(slot);
  }

  hide(slot: number): void {
    const model = this.live.get(slot);
    if (model === undefined) return;
    this.export('none');
    model.hidden = true;
  }

  show(slot: number): void {
    const model = this.live.get(slot);
    if (model !== undefined) model.hidden = false;
  }

  export(taken: string): void {
    if (taken === 'all') for (const model of this.live.values()) model.hidden = false;
    this.time++;
    const metrics = [...this.live.values()].filter((model) => !model.hidden).map((model) => this.metricOf(model));
    const delta = this.tracker.difference(snapshotOf(this.time, ...metrics));
    const points = delta.metrics.flatMap((metric) => metric.points.map((point) => [metric, point] as const));
    const kept = points.filter((_, i) => taken === 'all' || (taken === 'some' && i % 2 === 0));
    for (const [metric, point] of kept) this.receive(metric, point);
    if (taken === 'all') this.tracker.acknowledge();
    else this.tracker.acknowledge(kept.map(([, point]) => point));
  }

  private receive(metric: Metric, point: Point): void {
    const model = this.everSeen.find(({ attributes }) => attributes === point.attributes) as Model;
    const { received } = model;
    if ('value' in point) {
      received.sum += point.value;
      received.count += point.value;
      return;
    }
    received.count += point.count;
    received.sum += point.sum;
    if ('counts' in point) addAll(received.buckets, 0, point.counts);
    if ('scale' in point && metric.type === 'exponentialHistogram') {
      const { offset, counts } = downscale(point.positive, point.scale);
      addAll(received.buckets, offset, counts);
    }
  }

  private metricOf(model: Model): Metric {
    const { kind, attributes, values, slot } = model;
    const name = `${kind}.${slot}`;
    const count = values.length;
    const base = { attributes, startTime: 0, time: this.time };
    const seen: Sums = { count, sum: values.reduce((a, b) => a + b, 0), buckets: {} };
    model.seen = seen;
    switch (kind) {
      case 'counter':
        seen.sum = count;
        return counter(name, [{ ...base, value: count }]);
      case 'summary':
        return summary(name, [{ ...base, count, sum: seen.sum, quantiles: [] }]);
      case 'histogram': {
        const counts = [0, 0, 0];
        for (const value of values) counts[value <= -10 ? 0 : value <= 10 ? 1 : 2]!++;
        addAll(seen.buckets, 0, counts);
        return histogram(name, [-10, 10], [{ ...base, count, sum: seen.sum, min: 0, max: 0, counts, exemplars: [] }]);
      }
      case 'exponentialHistogram': {
        for (const value of values) add(seen.buckets, Math.floor(value / 32), 1);
        let scale = 5;
        let positive = bucketsOf(values);
        for (; positive.counts.length > 8; scale--) positive = downscale(positive, 1);
        const rest = { scale, zeroCount: 0, zeroThreshold: 0, negative: { offset: 0, counts: [] }, exemplars: [] };
        return exponential(name, [{ ...base, count, sum: seen.sum, min: 0, max: 0, positive, ...rest }]);
      }
    }
  }
}

function bucketsOf(indexes: readonly number[]): ExponentialBuckets {
  const offset = Math.min(...indexes);
  const counts = new Array<number>(Math.max(...indexes) - offset + 1).fill(0);
  for (const index of indexes) counts[index - offset]!++;
  return { offset, counts };
}

function addAll(buckets: Record<number, number>, offset: number, counts: readonly number[]): void {
  for (const [i, count] of counts.entries()) add(buckets, offset + i, count);
}

function add(buckets: Record<number, number>, index: number, count: number): void {
  if (count !== 0) buckets[index] = (buckets[index] ?? 0) + count;
}

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  // The descriptor's own objects are the snapshot's, and frozen there.
  return (
    Object.isFrozen(value) && Object.entries(value).every(([key, inner]) => key === 'scope' || isDeeplyFrozen(inner))
  );
}
