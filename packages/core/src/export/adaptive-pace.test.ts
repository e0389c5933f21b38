import { describe, expect, it } from 'vitest';
import { Diagnostics } from '../diagnostics.ts';
import type { MetricsSnapshot, NumberPoint } from '../metrics/snapshot.ts';
import type { DeliverySettings } from './delivery-settings.ts';
import type { Exporter } from './exporter.ts';
import { PushLoop } from './push-loop.ts';
import { attributesOf, counter, emptySource, histogram, resource, snapshotOf } from './samples.test-support.ts';
import { SettlingClock } from './settling-clock.test-support.ts';

/** An exporter of a counter, a histogram and one of Telltale's own, at an interval of 10 s. */
function stage(delivery: DeliverySettings, more: Partial<Exporter> = {}, random = 0.5) {
  const clock = new SettlingClock();
  const now = { orders: 1, timings: 1, series: 2, failing: false };
  const attributes = [attributesOf(), attributesOf(), attributesOf(), attributesOf()] as const;
  const sent: number[] = [];
  const values: number[] = [];
  let own = 0;
  const loop = new PushLoop({
    exporter: {
      name: 'backend',
      interval: 10,
      delivery,
      exportMetrics: async (snapshot) => {
        if (now.failing) throw new Error('503');
        sent.push(Math.round(clock.monotonic()));
        const orders = snapshot.metrics.find(({ name }) => name.endsWith('orders'));
        values.push((orders?.points[0] as NumberPoint | undefined)?.value ?? 0);
      },
      ...more,
    },
    clock,
    diagnostics: new Diagnostics(() => {}),
    resource,
    source: emptySource,
    collect: async () => {
      const time = clock.now();
      const at = { startTime: 0, time };
      const orders = [{ attributes: attributes[0], ...at, value: now.orders }];
      if (now.series > 2) orders.push({ attributes: attributes[3], ...at, value: 0 });
      const timing = { sum: 0, min: 0, max: 0, counts: [now.timings], exemplars: [] };
      return snapshotOf(
        time,
        counter('orders', orders),
        histogram('timings', [], [{ attributes: attributes[1], ...at, count: now.timings, ...timing }]),
        counter('telltale.export.items', [{ attributes: attributes[2], ...at, value: own++ }]),
      );
    },
    random: () => random,
  });
  loop.start();
  return { clock, loop, now, sent, values };
}

describe('an adaptive interval', () => {
  it('doubles while nothing changes but what Telltale says of itself, up to its end', async () => {
    const { clock, sent } = stage({ adaptiveInterval: { max: 100 } });
    await clock.advance(500);
    expect(sent).toEqual([10, 30, 70, 150, 250, 350, 450]);
  });

  it('does so at about the same pace when the moments are moved', async () => {
    for (const random of [0, 0.99]) {
      const { clock, sent } = stage({ adaptiveInterval: { max: 100 } }, {}, random);
      await clock.advance(1000);
      expect(sent.length).toBeGreaterThanOrEqual(11);
      expect(sent.length).toBeLessThanOrEqual(14);
    }
  });

  it('sends a change within the interval, of any type of metric, and begins to double anew', async () => {
    const { clock, now, sent } = stage({ adaptiveInterval: { max: 300 } });
    await clock.advance(200);
    expect(sent).toEqual([10, 30, 70, 150]);
    now.orders++;
    await clock.advance(10);
    now.timings++;
    await clock.advance(10);
    now.series++;
    await clock.advance(10);
    expect(sent.slice(4)).toEqual([210, 220, 230]);
    await clock.advance(100);
    expect(sent.slice(7)).toEqual([250, 290]);
  });

  it('sends when it is asked to, and at the end', async () => {
    const { clock, loop, sent } = stage({ adaptiveInterval: { max: 300 } });
    await clock.advance(12);
    await loop.flush();
    await clock.advance(4);
    await loop.shutdown(new AbortController().signal);
    expect(sent).toEqual([10, 12, 16]);
  });

  it('tries again what failed, whether it has changed or not', async () => {
    const { clock, now, sent } = stage({ adaptiveInterval: { max: 300 } });
    await clock.advance(25);
    now.failing = true;
    await clock.advance(7);
    now.failing = false;
    await clock.advance(5);
    expect(sent).toEqual([10, 34]);
  });
});

describe('publishWhen', () => {
  it('holds metrics back; differences only become wider', async () => {
    let publish = true;
    const asked: MetricsSnapshot[] = [];
    const publishWhen = (snapshot: MetricsSnapshot): boolean => {
      asked.push(snapshot);
      return publish;
    };
    const { clock, now, sent, values, loop } = stage({ publishWhen, prefix: 'shop.' }, { temporality: 'delta' });
    await clock.advance(10);
    publish = false;
    now.orders += 5;
    await clock.advance(10);
    now.orders += 2;
    await clock.advance(10);
    publish = true;
    await clock.advance(10);
    expect(sent).toEqual([10, 40]);
    expect(values).toEqual([1, 7]);
    // It is asked about what would be sent.
    expect(asked.map(({ metrics }) => metrics.some(({ name }) => name === 'shop.orders'))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(loop.health()).toMatchObject({ status: 'ok', dropped: 0 });
  });

  it('is asked at the end, too', async () => {
    const { loop, sent } = stage({ publishWhen: () => false });
    await loop.flush();
    await loop.shutdown(new AbortController().signal);
    expect(sent).toEqual([]);
  });
});
