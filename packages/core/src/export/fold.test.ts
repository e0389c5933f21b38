import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SeriesAttributes } from '../attributes.ts';
import type { CounterMetric, HistogramPoint, MetricsSnapshot, NumberPoint, Point } from '../metrics/snapshot.ts';
import { DeltaTracker } from './delta.ts';
import { Fold } from './fold.ts';
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

const getA = attributesOf({ method: 'GET', route: '/a' });
const getB = attributesOf({ method: 'GET', route: '/b' });
const putA = attributesOf({ method: 'PUT', route: '/a' });
const plain = attributesOf({ method: 'GET' });

const at = (attributes: SeriesAttributes, value: number, time = 10, startTime = 0): NumberPoint => ({
  attributes,
  startTime,
  time,
  value,
});

function foldOf(...folds: readonly [metric: string, attribute: string][]): Fold {
  const fold = new Fold();
  for (const [metric, attribute] of folds) fold.add(metric, attribute);
  return fold;
}

function applied(fold: Fold, snapshot: MetricsSnapshot): readonly Point[] {
  fold.look(snapshot);
  return pointsOf(fold.apply(snapshot));
}

describe('folding an attribute', () => {
  it('adds up the series that differ in nothing else, from the earliest start', () => {
    const fold = foldOf(['calls', 'route']);
    const points = applied(
      fold,
      snapshotOf(10, counter('calls', [at(getA, 1, 10, 3), at(getB, 2, 10, 2), at(putA, 4)])),
    );
    expect(points).toEqual([
      { attributes: { method: 'GET', route: 'other' }, startTime: 2, time: 10, value: 3 },
      { attributes: { method: 'PUT', route: 'other' }, startTime: 0, time: 10, value: 4 },
    ]);
  });

  it('leaves series without it as they are, and other metrics', () => {
    const fold = foldOf(['calls', 'route']);
    const [kept, other] = [at(plain, 1), at(getA, 7)];
    const points = applied(fold, snapshotOf(10, counter('calls', [at(getA, 2), kept]), counter('else', [other])));
    expect(points).toContain(kept);
    expect(points).toContain(other);
    expect(points).toHaveLength(3);
  });

  it('gives the same attributes object in each snapshot', () => {
    const fold = foldOf(['calls', 'route']);
    const [first] = applied(fold, snapshotOf(10, counter('calls', [at(getA, 1), at(getB, 1)])));
    const [second] = applied(fold, snapshotOf(20, counter('calls', [at(getB, 5, 20)])));
    expect(second?.attributes).toBe(first?.attributes);
    expect(Object.isFrozen(first?.attributes)).toBe(true);
  });

  it('tells values of different types apart in what is left', () => {
    const fold = foldOf(['calls', 'route']);
    const [one, text] = [attributesOf({ n: 1, route: '/a' }), attributesOf({ n: '1', route: '/a' })];
    expect(applied(fold, snapshotOf(10, counter('calls', [at(one, 1), at(text, 2)])))).toHaveLength(2);
  });

  it('goes on step by step, and totals move along', () => {
    const fold = foldOf(['calls', 'route']);
    applied(fold, snapshotOf(10, counter('calls', [at(getA, 1), at(getB, 2), at(putA, 4)])));
    fold.add('calls', 'method');
    // getB has expired meanwhile.
    const points = applied(fold, snapshotOf(20, counter('calls', [at(getA, 2, 20), at(putA, 4, 20)])));
    expect(points).toEqual([{ attributes: { method: 'other', route: 'other' }, startTime: 0, time: 20, value: 8 }]);
  });

  it('knows what each of its points was made of', () => {
    const fold = foldOf(['calls', 'route']);
    const originals = [at(getA, 1), at(getB, 2), at(plain, 3)];
    const points = applied(fold, snapshotOf(10, counter('calls', originals)));
    expect(new Set(fold.originals(points))).toEqual(new Set(originals));
  });

  it('makes services and scopes no single one', () => {
    const fold = foldOf(['calls', 'route']);
    const mine = counter('calls', [at(getA, 1)]);
    const theirs: CounterMetric = {
      ...mine,
      resource: { attributes: { 'service.name': 'auth' } },
      points: [at(getB, 2)],
    };
    expect(applied(fold, snapshotOf(10, mine, theirs))).toMatchObject([{ value: 1 }, { value: 2 }]);
  });
});

describe('totals of folded series', () => {
  const value = (fold: Fold, time: number, ...points: readonly NumberPoint[]): number | undefined =>
    (applied(fold, snapshotOf(time, counter('calls', points)))[0] as NumberPoint | undefined)?.value;

  it('keep what a series gave that is gone', () => {
    const fold = foldOf(['calls', 'route']);
    expect(value(fold, 10, at(getA, 5), at(getB, 3))).toBe(8);
    expect(value(fold, 20, at(getB, 4))).toBe(9);
  });

  it('go on where a series left off that was only hidden', () => {
    const fold = foldOf(['calls', 'route']);
    value(fold, 10, at(getA, 5), at(getB, 3));
    value(fold, 20, at(getB, 3));
    expect(value(fold, 30, at(getA, 6), at(getB, 3))).toBe(9);
  });

  it('take a series that began anew as new', () => {
    const fold = foldOf(['calls', 'route']);
    value(fold, 10, at(getA, 5), at(getB, 3));
    expect(value(fold, 20, at(attributesOf(getA), 2), at(getB, 3))).toBe(10);
    expect(value(fold, 30, at(getB, 1))).toBe(11);
  });

  it('begin with zero when nothing was counted', () => {
    expect(value(foldOf(['calls', 'route']), 10, at(getA, 0), at(getB, 0))).toBe(0);
  });

  it('say once where counting began', () => {
    const fold = foldOf(['calls', 'route']);
    applied(fold, snapshotOf(10, counter('calls', [at(getA, 1, 10, 5)])));
    const [later] = applied(fold, snapshotOf(20, counter('calls', [at(getA, 1, 20, 5), at(getB, 1, 20, 2)])));
    expect(later).toMatchObject({ startTime: 5, time: 20, value: 2 });
  });

  it('are forgotten when too many have no series left, and only those', () => {
    const fold = foldOf(['calls', 'route']);
    const one = (method: string): NumberPoint => at(attributesOf({ method, route: '/a' }), 1);
    const many = Array.from({ length: 10_001 }, (_, i) => one(`m${i}`));
    const [first] = applied(fold, snapshotOf(10, counter('calls', [...many, at(getA, 1)])));
    // All but one are gone, which is one more than are remembered: the one that was there longest.
    applied(fold, snapshotOf(20, counter('calls', [at(getA, 1)])));
    const [again, second] = applied(fold, snapshotOf(30, counter('calls', many.slice(0, 2))));
    expect(again?.attributes).not.toBe(first?.attributes);
    expect(second).toMatchObject({ value: 1 });
  });

  it('never fall, whatever series come, go, hide and begin anew', () => {
    const routes = fc.constantFrom('/a', '/b', '/c', '/d');
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), route: routes, by: fc.nat(100) }),
      fc.record({ kind: fc.constantFrom('expire' as const, 'hide' as const, 'reset' as const), route: routes }),
    );
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 20 }), (exports) => {
        const fold = foldOf(['calls', 'route']);
        const live = new Map<string, { attributes: SeriesAttributes; value: number; hidden: boolean }>();
        let [recorded, last, unseen] = [0, 0, 0];
        exports.forEach((steps, i) => {
          for (const one of steps) {
            const series = live.get(one.route) ?? {
              attributes: attributesOf({ route: one.route }),
              value: 0,
              hidden: false,
            };
            live.set(one.route, series);
            if (one.kind === 'add') {
              series.value += one.by;
              series.hidden = false;
              recorded += one.by;
            } else if (one.kind === 'hide') {
              series.hidden = true;
            }
          }
          const points = [...live.values()]
            .filter(({ hidden }) => !hidden)
            .map((one) => at(one.attributes, one.value, i));
          const [total] = applied(fold, snapshotOf(i, counter('calls', points))) as readonly NumberPoint[];
          if (total !== undefined) {
            expect(total.value).toBeGreaterThanOrEqual(last);
            last = total.value;
            unseen = 0;
            for (const { hidden } of live.values()) if (hidden) unseen++;
            if (unseen === 0) expect(total.value).toBe(recorded);
          }
          for (const one of steps) {
            const series = live.get(one.route);
            // What was read is over: from here on it is another series, or counts from zero.
            if (one.kind === 'expire' && series?.hidden === false) live.delete(one.route);
          }
        });
      }),
    );
  });
});

describe('differences that are folded', () => {
  const snapshot = (time: number, a: number, b: number): MetricsSnapshot =>
    snapshotOf(time, counter('calls', [at(getA, a, time), at(getB, b, time)]));

  it('add up, and what the backend took of one it took of all its originals', () => {
    const [fold, tracker] = [foldOf(['calls', 'route']), new DeltaTracker()];
    const given = (collected: MetricsSnapshot): readonly Point[] => {
      fold.look(collected);
      return pointsOf(fold.apply(tracker.difference(collected)));
    };
    const first = given(snapshot(10, 1, 2));
    expect(first).toMatchObject([{ value: 3, startTime: 0, time: 10 }]);
    tracker.acknowledge(fold.originals(first));
    const second = given(snapshot(20, 5, 2));
    expect(second).toMatchObject([{ value: 4, startTime: 10, time: 20 }]);
    expect(second[0]?.attributes).toBe(first[0]?.attributes);
    // Not taken: the next is wider.
    expect(given(snapshot(30, 5, 3))).toMatchObject([{ value: 5, startTime: 10, time: 30 }]);
  });

  it('hold exactly what was recorded, whatever is taken and what is not', () => {
    const recorded = fc.array(fc.record({ a: fc.nat(50), b: fc.nat(50), taken: fc.boolean() }), { maxLength: 20 });
    fc.assert(
      fc.property(recorded, (rounds) => {
        const [fold, tracker] = [foldOf(['calls', 'route']), new DeltaTracker()];
        let [a, b, arrived] = [0, 0, 0];
        [...rounds, { a: 0, b: 0, taken: true }].forEach((round, i) => {
          a += round.a;
          b += round.b;
          const collected = snapshot(i, a, b);
          fold.look(collected);
          const points = pointsOf(fold.apply(tracker.difference(collected))) as readonly NumberPoint[];
          if (!round.taken) return;
          tracker.acknowledge(fold.originals(points));
          arrived += points.reduce((sum, { value }) => sum + value, 0);
        });
        expect(arrived).toBe(a + b);
      }),
    );
  });
});

describe('a folded point', () => {
  const shared = { startTime: 0, time: 10 };
  const exemplar = (value: number, time: number) => ({ value, time, traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) });

  it('of a histogram has all counts, both extremes and the newest exemplar of each bucket', () => {
    const fold = foldOf(['h', 'route']);
    const [point] = applied(
      fold,
      snapshotOf(
        10,
        histogram(
          'h',
          [1, 5],
          [
            {
              ...shared,
              attributes: getA,
              count: 3,
              sum: 7,
              min: 0.5,
              max: 6,
              counts: [1, 1, 1],
              exemplars: [exemplar(0.5, 1), exemplar(6, 9)],
            },
            {
              ...shared,
              attributes: getB,
              count: 1,
              sum: 0.1,
              min: 0.1,
              max: 0.1,
              counts: [1, 0, 0],
              exemplars: [exemplar(0.1, 2)],
            },
          ],
        ),
      ),
    );
    expect(point).toEqual({
      ...shared,
      attributes: { method: 'GET', route: 'other' },
      count: 4,
      sum: 7.1,
      min: 0.1,
      max: 6,
      counts: [2, 1, 1],
      exemplars: [exemplar(0.1, 2), exemplar(6, 9)],
    });
  });

  it('of numbers has the newest exemplars of all, by value, and totals have each once', () => {
    const point = (attributes: SeriesAttributes, value: number, ...times: readonly number[]) => {
      return { ...shared, attributes, value, exemplars: times.map((time) => exemplar(100 - time, time)) };
    };
    const points = [point(getA, 1, 1, 2, 3, 4, 5), point(getB, 2, 6, 7, 8, 9, 10)];
    for (const metric of [counter('n', points), upDownCounter('n', points), gauge('n', points)]) {
      const [folded] = applied(foldOf(['n', 'route']), snapshotOf(10, metric)) as readonly NumberPoint[];
      expect(folded?.exemplars?.map(({ time }) => time)).toEqual([10, 9, 8, 7, 6, 5, 4, 3]);
    }
    const [one] = applied(foldOf(['n', 'route']), snapshotOf(10, counter('n', [point(getA, 1, 4)])));
    expect(one).toMatchObject({ value: 1, exemplars: [exemplar(96, 4)] });
    const [none] = applied(
      foldOf(['n', 'route']),
      snapshotOf(10, gauge('n', [{ ...shared, attributes: getA, value: 3 }])),
    );
    expect(none).not.toHaveProperty('exemplars');
  });

  it('of an exponential histogram has the lowest of the scales', () => {
    const fold = foldOf(['e', 'route']);
    const none = { offset: 0, counts: [] };
    const one = { ...shared, min: 1, max: 4, zeroCount: 1, zeroThreshold: 0, negative: none, exemplars: [] };
    const [point] = applied(
      fold,
      snapshotOf(
        10,
        exponential('e', [
          { ...one, attributes: getA, count: 4, sum: 8, scale: 1, positive: { offset: 1, counts: [1, 2] } },
          { ...one, attributes: getB, count: 3, sum: 5, scale: 0, positive: { offset: -1, counts: [1, 1] } },
        ]),
      ),
    );
    expect(point).toMatchObject({
      count: 7,
      sum: 13,
      scale: 0,
      zeroCount: 2,
      positive: { offset: -1, counts: [1, 2, 2] },
    });
  });

  it('of an exponential histogram has no more buckets than its originals may have', () => {
    const fold = foldOf(['e', 'route']);
    const wide = (offset: number) => ({ offset, counts: new Array<number>(160).fill(1) });
    const one = {
      ...shared,
      count: 160,
      sum: 1,
      min: 1,
      max: 4,
      zeroCount: 0,
      zeroThreshold: 0,
      scale: 3,
      negative: { offset: 0, counts: [] },
      exemplars: [],
    };
    const points = [
      { ...one, attributes: getA, positive: wide(0) },
      { ...one, attributes: getB, positive: wide(320) },
    ];
    const [point] = applied(fold, snapshotOf(10, exponential('e', points)));
    expect(point).toMatchObject({ scale: 1 });
    const { counts } = (point as unknown as { positive: { counts: readonly number[] } }).positive;
    expect(counts.length).toBeLessThanOrEqual(160);
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(320);
  });

  it('of exponential histograms at their finest, far from each other, is made without the buckets between them', () => {
    const fold = foldOf(['e', 'route']);
    const one = {
      ...shared,
      count: 1,
      sum: 1,
      min: 1,
      max: 1,
      zeroCount: 0,
      zeroThreshold: 0,
      scale: 20,
      negative: { offset: 0, counts: [] },
      exemplars: [],
    };
    const at = (offset: number) => ({ offset, counts: [1] });
    const points = [
      { ...one, attributes: getA, positive: at(-1_000_000_000) },
      { ...one, attributes: getB, positive: at(1_000_000_000) },
    ];
    const [point] = applied(fold, snapshotOf(10, exponential('e', points)));
    const { counts } = (point as unknown as { positive: { counts: readonly number[] } }).positive;
    expect(counts.length).toBeLessThanOrEqual(160);
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(2);
  });

  it('of a summary has count and sum, and quantiles that are not known', () => {
    const fold = foldOf(['s', 'route']);
    const quantiles = [{ quantile: 0.5, value: 2 }];
    const points = [
      { ...shared, attributes: getA, count: 2, sum: 4, quantiles },
      { ...shared, attributes: getB, count: 1, sum: 2, quantiles },
    ];
    expect(applied(fold, snapshotOf(10, summary('s', points)))).toMatchObject([
      { count: 3, sum: 6, quantiles: [{ quantile: 0.5, value: Number.NaN }] },
    ]);
  });

  it('of a gauge is the mean of those that are known, of an up-down counter the sum', () => {
    const fold = foldOf(['g', 'route'], ['u', 'route']);
    const values = [at(getA, 1), at(getB, 4)];
    expect(applied(fold, snapshotOf(10, gauge('g', values), upDownCounter('u', values)))).toMatchObject([
      { value: 2.5 },
      { value: 5 },
    ]);
    const [mean] = applied(fold, snapshotOf(20, gauge('g', [at(getA, Number.NaN), at(getB, 4)])));
    expect(mean).toMatchObject({ value: 4 });
  });

  it('of a histogram adds up what came, also when its extremes are those of the whole series', () => {
    const fold = foldOf(['h', 'route']);
    const of = (attributes: SeriesAttributes, count: number, max: number): HistogramPoint => ({
      ...shared,
      attributes,
      count,
      sum: count,
      min: 1,
      max,
      counts: [count, 0],
      exemplars: [],
    });
    applied(fold, snapshotOf(10, histogram('h', [9], [of(getA, 2, 3), of(getB, 1, 2)])));
    const [point] = applied(fold, snapshotOf(20, histogram('h', [9], [of(getA, 5, 8)])));
    expect(point).toMatchObject({ count: 6, sum: 6, min: 1, max: 8, counts: [6, 0] });
  });
});

describe('the attribute to be folded', () => {
  const series = (...attributes: readonly Record<string, string>[]): MetricsSnapshot =>
    snapshotOf(
      10,
      counter(
        'calls',
        attributes.map((one) => at(attributesOf(one), 1)),
      ),
    );

  it('is the one with the most values', () => {
    const snapshot = series({ a: '1', b: '1' }, { a: '1', b: '2' }, { a: '2', b: '3' });
    expect(new Fold().candidate(snapshot, 'calls')).toEqual({ attribute: 'b', values: 3 });
  });

  it('is not the one that tells of errors, if another has as many; else the first by name', () => {
    const snapshot = series({ 'error.type': '1', z: '1', y: '1' }, { 'error.type': '2', z: '2', y: '2' });
    const fold = new Fold();
    for (const attribute of ['y', 'z', 'error.type']) {
      expect(fold.candidate(snapshot, 'calls')).toEqual({ attribute, values: 2 });
      fold.add('calls', attribute);
    }
    expect(fold.candidate(snapshot, 'calls')).toBeUndefined();
  });

  it('has more than one value, of which `other` is none to be folded', () => {
    expect(new Fold().candidate(series({ a: '1', b: '1' }), 'calls')).toBeUndefined();
    expect(new Fold().candidate(series({ a: 'other' }, { a: '1' }), 'calls')).toEqual({ attribute: 'a', values: 1 });
    expect(new Fold().candidate(series({ a: '1' }), 'nothing')).toBeUndefined();
  });
});

describe('how much there is after folding', () => {
  it('is counted as it will be handed over', () => {
    const fold = foldOf(['calls', 'route'], ['h', 'route'], ['s', 'route']);
    const distribution = { startTime: 0, time: 10, count: 1, sum: 1, min: 1, max: 1, counts: [1, 0], exemplars: [] };
    const quantiles = [{ quantile: 0.5, value: 1 }];
    const of = (attributes: SeriesAttributes) => ({ ...distribution, attributes });
    const shapes = fold.look(
      snapshotOf(
        10,
        counter('calls', [at(getA, 1), at(getB, 1), at(putA, 1), at(plain, 1)]),
        gauge('else', [at(getA, 1), at(getB, 1)]),
        histogram('h', [1], [of(getA), of(getB)]),
        summary(
          's',
          [getA, getB, plain].map((attributes) => ({
            startTime: 0,
            time: 10,
            attributes,
            count: 1,
            sum: 1,
            quantiles,
          })),
        ),
      ),
    );
    expect(shapes).toEqual([
      { name: 'calls', type: 'counter', series: 3, buckets: 0, quantiles: 0 },
      { name: 'else', type: 'gauge', series: 2, buckets: 0, quantiles: 0 },
      { name: 'h', type: 'histogram', series: 1, buckets: 2, quantiles: 0 },
      { name: 's', type: 'summary', series: 2, buckets: 0, quantiles: 1 },
    ]);
  });
});
