import { describe, expect, it } from 'vitest';
import { Diagnostics } from '../diagnostics.ts';
import type { NumberPoint } from '../metrics/snapshot.ts';
import { PushLoop } from './push-loop.ts';
import {
  attributesOf,
  counter,
  emptySource,
  eventOf,
  pointsOf,
  resource,
  snapshotOf,
  spanOf,
} from './samples.test-support.ts';
import { SettlingClock } from './settling-clock.test-support.ts';

describe('an outage of ten minutes', () => {
  it('costs few calls and bounded memory; afterwards all is there: counts exactly, spans and events as far as they had room', async () => {
    const clock = new SettlingClock();
    const backend = { down: false, calls: 0, orders: 0, names: new Set<string>(), twice: 0, widest: 0 };
    const told: string[] = [];
    const attributes = Array.from({ length: 20 }, (_, i) => attributesOf({ i }));
    let recorded = 0;
    let handed = 0;
    const take = (names: readonly string[]): void => {
      handed = Math.max(handed, names.length);
      backend.calls++;
      if (backend.down) throw new Error('connect ECONNREFUSED');
      for (const name of names) {
        if (backend.names.has(name)) backend.twice++;
        backend.names.add(name);
      }
    };
    const loop = new PushLoop({
      exporter: {
        name: 'backend',
        temporality: 'delta',
        interval: { metrics: 10 },
        exportMetrics: async (snapshot) => {
          take([]);
          for (const { value } of pointsOf(snapshot) as readonly NumberPoint[]) backend.orders += value;
          backend.widest = Math.max(backend.widest, pointsOf(snapshot).length);
        },
        exportSpans: async (spans) => take(spans.map(({ name }) => name)),
        exportEvents: async (events) => take(events.map(({ name }) => name)),
      },
      clock,
      diagnostics: new Diagnostics((error) => told.push(error.message)),
      resource,
      source: emptySource,
      collect: async () => {
        const time = clock.now();
        return snapshotOf(
          time,
          counter(
            'orders',
            attributes.map((one) => ({ attributes: one, startTime: 0, time, value: recorded })),
          ),
        );
      },
    });
    loop.start();
    const live = async (seconds: number): Promise<void> => {
      for (let i = 0; i < seconds; i++) {
        recorded++;
        loop.offerSpan(spanOf(`span ${recorded} a`));
        loop.offerSpan(spanOf(`span ${recorded} b`));
        for (let n = 0; n < 10; n++) loop.offerEvent(eventOf(`event ${recorded} ${n}`));
        await clock.advance(1);
      }
    };

    await live(60);
    const before = backend.calls;
    backend.down = true;
    await live(600);
    expect(backend.calls - before).toBeLessThanOrEqual(15);
    const { queued, circuit, status } = loop.health();
    expect([circuit, status]).toEqual(['open', 'failing']);
    // Two a second had room, ten a second did not.
    expect(queued.spans).toBeGreaterThanOrEqual(1190);
    expect(queued.spans).toBeLessThanOrEqual(1210);
    expect(queued.events).toBeLessThanOrEqual(2048 + 512);

    backend.down = false;
    await live(360);
    await loop.shutdown(new AbortController().signal);
    const { signals, circuit: after } = loop.health();
    expect(after).toBe('closed');
    expect(backend.orders).toBe(20 * recorded);
    expect(backend.widest).toBe(20);
    expect(backend.twice).toBe(0);
    expect(handed).toBe(512);
    expect(signals.metrics).toMatchObject({ dropped: 0, rejected: 0, unknown: 0 });
    expect(signals.spans).toMatchObject({ accepted: 2 * recorded, dropped: 0, queued: 0 });
    const { accepted = 0, dropped = 0 } = signals.events ?? {};
    expect(dropped).toBeGreaterThan(0);
    expect(accepted + dropped).toBe(10 * recorded);
    expect(backend.names.size).toBe(2 * recorded + accepted);
    expect(told).toEqual([
      expect.stringMatching(/^Exporting \w+ failed \(connect ECONNREFUSED\)/),
      expect.stringMatching(/^backend could not take all events/),
      expect.stringMatching(/^Exporting \w+ works again/),
    ]);
  });
});
