import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DistributionHistory, NumberHistory } from './history.ts';
import { quantileOf } from './quantile.ts';
import { rule, Snapshots } from './snapshots.test-support.ts';
import { Timeline } from './timeline.ts';

const WINDOW = 300;

/** What comes between two evaluations, how long that is, and whether the process restarts before. */
const step = fc.record({
  seconds: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(15), fc.integer({ min: 100, max: 2000 })),
  amount: fc.integer({ min: 0, max: 1000 }),
  restarts: fc.boolean(),
});

describe('a window', () => {
  it('holds what came in it, to a slot at its far edge, for evaluations at any time and through restarts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const feed = new Snapshots([rule({ type: 'rate', metric: 'orders', over: WINDOW, is: '>=', value: 0 })]);
        const came: { readonly from: number; readonly to: number; readonly amount: number }[] = [];
        let [total, start] = [0, 0];
        feed.set('orders', 0);
        await feed.after(15);
        for (const { seconds, amount, restarts } of steps) {
          if (restarts) {
            feed.drop('orders');
            [total, start] = [0, feed.now];
          }
          total += amount;
          feed.set('orders', total, { startTime: start });
          came.push({ from: feed.now, to: feed.now + seconds, amount });
          // What is seen late is counted where it may not be new.
          await feed.after(restarts ? Math.min(seconds, 100) : seconds);
          came[came.length - 1] = { from: came.at(-1)?.from ?? 0, to: feed.now, amount };
          const sum = (feed.alerts()[0]?.value ?? 0) * WINDOW;
          const edge = feed.now - WINDOW;
          const surely = came.filter(({ from }) => from >= edge).reduce((all, one) => all + one.amount, 0);
          // A slot may hold two evaluations that follow each other closely.
          const slot = 12;
          const perhaps = came.filter(({ to }) => to > edge - slot).reduce((all, one) => all + one.amount, 0);
          expect(sum).toBeGreaterThanOrEqual(surely - 1e-6 - edgeAmount(came, edge, slot));
          expect(sum).toBeLessThanOrEqual(perhaps + 1e-6);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is cut into at most so many slots, however often somebody looks', () => {
    for (const [window, interval] of [
      [300, 15],
      [259_200, 15],
      [60, 300],
      [300, 1],
    ] as const) {
      const timeline = new Timeline(window, interval, 60, 0);
      expect(timeline.capacity).toBeLessThanOrEqual(123);
      const history = new NumberHistory(timeline);
      for (let now = 0; now < 3 * window; now += window / 1000) {
        timeline.advance(now);
        history.add(1);
      }
      expect(history.sum()).toBeGreaterThan(990);
      expect(history.sum()).toBeLessThan(1010);
    }
  });

  it('of three days is exact to a sixtieth at its far edge', () => {
    const timeline = new Timeline(259_200, 15, 60, 0);
    const history = new NumberHistory(timeline);
    for (let now = 15; now <= 600_000; now += 15) {
      timeline.advance(now);
      history.add(now <= 300_000 ? 2 : 0);
    }
    expect(history.sum()).toBe(0);
    const other = new NumberHistory(timeline);
    for (let now = 600_015; now <= 900_000; now += 15) {
      timeline.advance(now);
      other.add(1);
    }
    expect(other.sum()).toBeCloseTo(259_200 / 15, -1);
  });

  it('holds no memory before something comes', () => {
    const timeline = new Timeline(300, 15, 60, 0);
    const [numbers, values] = [new NumberHistory(timeline), new DistributionHistory(timeline)];
    for (let now = 15; now < 900; now += 15) {
      timeline.advance(now);
      numbers.add(0);
    }
    expect(numbers.sum()).toBe(0);
    expect(values.sum().count).toBe(0);
    expect(Reflect.get(numbers, 'slots')).toBeUndefined();
  });
});

/** What lies across the far edge, of which a share is counted. */
function edgeAmount(came: readonly { from: number; to: number; amount: number }[], edge: number, slot: number): number {
  return came
    .filter(({ from, to }) => from < edge + slot && to > edge - slot)
    .reduce((all, one) => all + one.amount, 0);
}

describe('a quantile', () => {
  const boundaries = [0.5, 1, 2, 5, 10, 20, 50, 100];

  it('lies in the bucket in which that of the values lies', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 99, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (values, quantile) => {
          const counts = boundaries.map(
            (to, i) => values.filter((value) => value <= to && value > (boundaries[i - 1] ?? -1)).length,
          );
          const buckets = boundaries.map((to, i) => ({ from: boundaries[i - 1] ?? 0, to, count: counts[i] as number }));
          const exact = values.sort((a, b) => a - b)[
            Math.max(0, Math.ceil(quantile * values.length - 1e-6) - 1)
          ] as number;
          const at = boundaries.findIndex((to) => exact <= to);
          const found = quantileOf(buckets, quantile) as number;
          expect(found).toBeGreaterThanOrEqual(boundaries[at - 1] ?? 0);
          expect(found).toBeLessThanOrEqual(boundaries[at] as number);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('of nothing is unknown, of one place is that place', () => {
    expect(quantileOf([], 0.5)).toBeUndefined();
    expect(quantileOf([{ from: 1, to: 2, count: 0 }], 0.5)).toBeUndefined();
    expect(quantileOf([{ from: 3, to: 3, count: 5 }], 0.5)).toBe(3);
    expect(quantileOf([{ from: Number.NEGATIVE_INFINITY, to: -1, count: 5 }], 0.5)).toBe(-1);
    expect(quantileOf([{ from: 7, to: Number.POSITIVE_INFINITY, count: 5 }], 0.5)).toBe(7);
  });
});
