import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Diagnostics } from '../diagnostics.ts';
import type { MetricsSnapshot, NumberPoint } from '../metrics/snapshot.ts';
import type { Exporter } from './exporter.ts';
import { PushLoop } from './push-loop.ts';
import {
  attributesOf,
  counter,
  emptySource,
  eventOf,
  gauge,
  histogram,
  pointsOf,
  resource,
  snapshotOf,
} from './samples.test-support.ts';
import { SettlingClock } from './settling-clock.test-support.ts';

/** A service of which one metric of each kind is exported every ten seconds, and whose series began at some time of day. */
function stage(temporality: 'cumulative' | 'delta', more: Partial<Exporter> = {}) {
  const clock = new SettlingClock();
  const began = clock.now();
  const series = [attributesOf(), attributesOf(), attributesOf()] as const;
  const recorded = { total: 0 };
  const taken: MetricsSnapshot[] = [];
  const events: string[] = [];
  const loop = new PushLoop({
    exporter: {
      name: 'backend',
      temporality,
      interval: { metrics: 10 },
      exportMetrics: async (snapshot) => void taken.push(snapshot),
      exportEvents: async (given) => void events.push(...given.map(({ name }) => name)),
      ...more,
    },
    clock,
    diagnostics: new Diagnostics(() => {}),
    resource,
    source: emptySource,
    collect: async () => {
      const time = clock.now();
      const at = { startTime: began, time };
      const { total } = recorded;
      const timing = { count: total, sum: total, min: 1, max: 1, counts: [total, 0], exemplars: [] };
      return snapshotOf(
        time,
        counter('orders', [{ attributes: series[0], ...at, value: total }]),
        histogram('timings', [1], [{ attributes: series[1], ...at, ...timing }]),
        gauge('stock', [{ attributes: series[2], ...at, value: total }]),
      );
    },
    random: () => 0.5,
  });
  loop.start();
  const valuesOf = (name: string): readonly number[] =>
    taken.flatMap(({ metrics }) =>
      metrics
        .filter((metric) => metric.name === name)
        .flatMap(({ points }) => points.map((point) => ('value' in point ? point.value : point.count))),
    );
  return { clock, loop, recorded, taken, events, valuesOf };
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

describe('when the system clock is set', () => {
  for (const temporality of ['cumulative', 'delta'] as const) {
    it(`no ${temporality} point begins after it was read, nothing is lost or doubled, and no loop stands still`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: -400_000, max: 400_000 }), { maxLength: 8 }), async (jumps) => {
          const { clock, loop, recorded, taken, events, valuesOf } = stage(temporality);
          let exports = 0;
          for (const jump of jumps) {
            clock.correct(jump);
            recorded.total += 3;
            loop.offerEvent(eventOf(`${exports++}`));
            await clock.advance(10);
            expect(taken).toHaveLength(exports);
            expect(events).toHaveLength(exports);
          }
          for (const point of taken.flatMap(pointsOf)) expect(point.startTime).toBeLessThanOrEqual(point.time);
          const totals = temporality === 'delta' ? [sum(valuesOf('orders')), sum(valuesOf('timings'))] : [];
          for (const total of totals) expect(total).toBe(recorded.total);
          await loop.shutdown(new AbortController().signal);
        }),
        { numRuns: 50 },
      );
    });
  }

  it('a total begins at the first reading after that, and stays at it: it is one series to its backend', async () => {
    const { clock, recorded, taken } = stage('cumulative');
    recorded.total = 1;
    await clock.advance(10);
    clock.correct(-3600);
    await clock.advance(30);
    clock.correct(3600);
    await clock.advance(10);
    const starts = taken.map((snapshot) => (pointsOf(snapshot)[0] as NumberPoint).startTime - 1_700_000_000);
    expect(starts).toEqual([0, -3580, -3580, -3580, -3580]);
  });

  it('neither the pauses of the back-off nor those of the circuit breaker notice', async () => {
    let calls = 0;
    const { clock, recorded } = stage('delta', {
      exportMetrics: async () => {
        calls++;
        throw new Error('503');
      },
    });
    recorded.total = 1;
    await clock.advance(30);
    expect(calls).toBe(5);
    clock.correct(400_000);
    await clock.advance(10);
    expect(calls).toBe(5);
    clock.correct(-800_000);
    await clock.advance(25);
    expect(calls).toBe(6);
  });
});

describe('when what is counted begins anew', () => {
  it('all that a total now holds is new: nothing is negative, lost or counted twice', async () => {
    const { clock, recorded, valuesOf } = stage('delta');
    for (const total of [5, 2, 2, 7]) {
      recorded.total = total;
      await clock.advance(10);
    }
    expect(valuesOf('orders')).toEqual([5, 2, 5]);
    expect(valuesOf('timings')).toEqual([5, 2, 5]);
  });
});
