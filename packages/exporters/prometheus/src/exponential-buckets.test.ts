import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countsOnGrid, ExponentialRange } from './exponential-buckets.ts';
import { parseExposition } from './exposition.test-support.ts';
import { prometheus } from './index.ts';
import { type Exponential, exponential, exponentialPoint, recorded, render, sourceOf } from './source.test-support.ts';

function gridOf(...points: readonly Exponential[]) {
  const range = new ExponentialRange();
  for (const point of points) range.include(point);
  return range.grid;
}

// Off the boundaries, where `le` and exponential buckets disagree about negative values, and where log2 rounds.
const magnitude = fc.integer({ min: -900, max: 900 }).map((k) => 2 ** (k / 90) * 1.001);
const value = fc.oneof(
  magnitude,
  magnitude.map((x) => -x),
  fc.constant(0),
);

test('a bucket says how many values are at or below it, whatever the values', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 50 }), fc.integer({ min: 1, max: 5 }), (values, scale) => {
      const point = recorded(values, scale);
      const grid = gridOf(point);
      const counts = countsOnGrid(point, grid);
      let upTo = 0;
      for (const [i, bound] of grid.bounds.entries()) {
        upTo += counts[i]!;
        expect(upTo).toBe(values.filter((x) => x <= bound).length);
      }
      expect(upTo).toBe(values.length);
    }),
  );
});

test('there are 41 boundaries per sign at most, rising, finite and distinct, whatever the range', () => {
  const exponent = fc.integer({ min: -1074, max: 1023 });
  fc.assert(
    fc.property(exponent, exponent, fc.integer({ min: -10, max: 20 }), fc.boolean(), (a, b, scale, negative) => {
      const buckets = (exponents: number) => ({ offset: Math.floor(exponents * 2 ** scale), counts: [1] });
      const points = [a, b].map((at) =>
        exponentialPoint({}, { scale, positive: buckets(at), ...(negative && { negative: buckets(at) }) }),
      );
      const grid = gridOf(...points);
      expect(grid.bounds.length).toBeLessThanOrEqual(negative ? 83 : 41);
      expect(grid.bounds.every(Number.isFinite)).toBe(true);
      expect(grid.bounds.every((bound, i) => i === 0 || bound > grid.bounds[i - 1]!)).toBe(true);
      for (const point of points) {
        expect(countsOnGrid(point, grid).reduce((x, y) => x + y, 0)).toBe(negative ? 2 : 1);
      }
    }),
  );
});

test('boundaries are the same in processes with like values', () => {
  expect(gridOf(recorded([0.004, 1.5], 5)).bounds).toEqual(gridOf(recorded([0.015, 9], 3)).bounds);
});

test('boundaries at half the resolution are some of those at the full one', () => {
  const fine = new Set(gridOf(recorded([0.001, 100], 3)).bounds);
  const coarse = gridOf(recorded([0.001, 100], 3), recorded([1e-6, 1e6], 0)).bounds;
  expect(coarse.filter((bound) => bound >= 2 ** -12 && bound <= 2 ** 8).every((bound) => fine.has(bound))).toBe(true);
});

test('values that count as zero lie below the smallest boundary that is not below their threshold', () => {
  const point = exponentialPoint(
    {},
    { zeroCount: 3, zeroThreshold: 0.3, positive: { offset: -4, counts: [0, 0, 0, 2] } },
  );
  const grid = gridOf(point);
  expect(grid.bounds).toEqual([0.0625, 0.125, 0.25, 0.5, 1]);
  expect(countsOnGrid(point, grid)).toEqual([0, 0, 0, 3, 2, 0]);
});

test('all series of a family have the same boundaries, in this scrape and in those after', async () => {
  const points = [recorded([1.5], 3), recorded([1000], 3)].map((point, i) => ({ ...point, attributes: { x: i } }));
  const exporter = prometheus({ targetInfo: false });
  await exporter.start?.(sourceOf([exponential('h', points)]));
  const bounds = async (): Promise<string[][]> => {
    const family = parseExposition((await exporter.render()).body, false)[0]!;
    const of = (x: string) => family.samples.filter((s) => s.labels.x === x && s.labels.le).map((s) => s.labels.le!);
    return [of('0'), of('1')];
  };
  const [first, second] = await bounds();
  expect(first).toEqual(second);
  expect(first).toHaveLength(12 * 2 + 2);
  points[0] = { ...points[0]!, positive: recorded([1e5], 3).positive };
  // What is new lies above the highest boundary until the next scrape.
  expect(await bounds()).toEqual([first, first]);
  const [grown] = await bounds();
  expect(grown).toEqual(expect.arrayContaining(first!));
  expect(grown).toContain('131072');
});

test('a histogram without values has one bucket', async () => {
  expect(await render([exponential('h', [exponentialPoint({}, {})])])).toBe(
    '# TYPE h histogram\nh_bucket{le="+Inf"} 0\nh_sum 0\nh_count 0\n',
  );
});
