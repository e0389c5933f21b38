import { describe, expect, it } from 'vitest';
import type { ExportContext } from './exporter.ts';
import { hangUntilAborted, Stage } from './push-loop.test-support.ts';
import { RateLimit } from './rate-limit.ts';
import { eventOf, spanOf } from './samples.test-support.ts';
import { SettlingClock } from './settling-clock.test-support.ts';

const never = new AbortController().signal;

function limited(rateLimit: number, more: ConstructorParameters<typeof Stage>[0] = {}): Stage {
  const stage = new Stage({ delivery: { rateLimit, circuitBreaker: false }, ...more });
  stage.loop.start();
  return stage;
}

describe('a rate limit', () => {
  it('lets as many requests come at once as it allows in a second, then spreads them', async () => {
    const clock = new SettlingClock();
    const limit = new RateLimit(4, clock);
    const turns: number[] = [];
    for (let i = 0; i < 8; i++) void Promise.resolve(limit.take(never)).then(() => turns.push(clock.monotonic()));
    await clock.advance(10);
    expect(turns).toEqual([0, 0, 0, 0, 0.25, 0.5, 0.75, 1]);
    turns.length = 0;
    for (let i = 0; i < 5; i++) void Promise.resolve(limit.take(never)).then(() => turns.push(clock.monotonic()));
    await clock.advance(10);
    expect(turns).toEqual([10, 10, 10, 10, 10.25]);
  });

  it('below one request a second makes each wait for the one before', async () => {
    const clock = new SettlingClock();
    const limit = new RateLimit(0.5, clock);
    const turns: number[] = [];
    for (let i = 0; i < 3; i++) void Promise.resolve(limit.take(never)).then(() => turns.push(clock.monotonic()));
    await clock.advance(10);
    expect(turns).toEqual([0, 2, 4]);
  });

  it('gives back the turn of who does not wait any more', async () => {
    const clock = new SettlingClock();
    const limit = new RateLimit(1, clock);
    const controller = new AbortController();
    expect(limit.take(never)).toBeUndefined();
    const waiting = limit.take(controller.signal);
    controller.abort(new Error('over'));
    await expect(waiting).rejects.toThrow('over');
    expect(clock.pending).toBe(0);
    let came = 0;
    void limit.take(never)?.then(() => (came = clock.monotonic()));
    await clock.advance(5);
    expect(came).toBe(1);
  });

  it('is shared by the signals of an exporter, also of one that does not say when its requests begin', async () => {
    const stage = limited(1, { interval: 1 });
    stage.total = 1;
    for (let i = 0; i < 10; i++) {
      stage.loop.offerSpan(spanOf(`span ${i}`));
      stage.loop.offerEvent(eventOf(`event ${i}`));
      await stage.clock.advance(1);
    }
    expect(stage.calls.length).toBeGreaterThan(8);
    for (const at of stage.times) {
      expect(stage.times.filter((other) => other >= at && other < at + 1).length).toBeLessThanOrEqual(1);
    }
  });

  it('counts the requests that an exporter tells, not its calls', async () => {
    const stage = limited(2);
    const sent: number[] = [];
    stage.always = async (_, { request }: ExportContext) => {
      for (let i = 0; i < 5; i++) {
        await request?.(100);
        sent.push(stage.clock.monotonic());
      }
    };
    stage.loop.offerSpan(spanOf('a'));
    await stage.clock.advance(10);
    expect(sent).toEqual([5, 5, 5.5, 6, 6.5]);
  });

  it('does not use up the time limit of the call', async () => {
    const stage = limited(0.1, { timeout: 3 });
    let requests = 0;
    stage.always = async (_, { request }: ExportContext) => {
      for (let i = 0; i < 4; i++) {
        await request?.(100);
        requests++;
      }
    };
    stage.loop.offerSpan(spanOf('a'));
    await stage.clock.advance(60);
    expect(requests).toBe(4);
    expect(stage.outcomes).toEqual({ 'spans accepted': 1 });
  });

  it('keeps no shutdown waiting beyond its deadline', async () => {
    const stage = limited(0.001);
    stage.loop.offerSpan(spanOf('a'));
    await stage.clock.advance(5);
    stage.loop.offerSpan(spanOf('b'));
    const deadline = new AbortController();
    stage.clock.schedule(() => deadline.abort(new Error('deadline')), 3);
    let ended = false;
    void stage.loop.shutdown(deadline.signal).then(() => (ended = true));
    await stage.clock.advance(3);
    expect(ended).toBe(true);
    expect(stage.outcomes).toEqual({ 'spans accepted': 1, 'spans dropped': 1 });
    expect(stage.clock.pending).toBe(0);
  });
});

describe('the time limit', () => {
  it('is of each request of an exporter that says when they begin', async () => {
    const stage = new Stage({ timeout: 3 });
    stage.loop.start();
    stage.always = async (_, { request }: ExportContext) => {
      for (let i = 0; i < 5; i++) {
        await request?.(10);
        await new Promise<void>((resolve) => void stage.clock.schedule(resolve, 2));
      }
    };
    stage.loop.offerSpan(spanOf('a'));
    await stage.clock.advance(20);
    expect(stage.durations).toEqual(['spans 10 false']);
    stage.always = async (items, context) => {
      await context.request?.(10);
      await new Promise<void>((resolve) => void stage.clock.schedule(resolve, 2));
      await context.request?.(10);
      return hangUntilAborted(items, context);
    };
    stage.loop.offerSpan(spanOf('b'));
    await stage.clock.advance(10);
    expect(stage.durations.at(-1)).toBe('spans 5 true');
  });

  it('does not begin anew once it is over: the request is refused', async () => {
    const stage = new Stage({ timeout: 3 });
    stage.loop.start();
    let refused: unknown;
    stage.answers.push(async (_, { request }: ExportContext) => {
      await new Promise<void>((resolve) => void stage.clock.schedule(resolve, 3.5));
      await request?.(10).catch((error: unknown) => {
        refused = error;
        throw error;
      });
    });
    stage.loop.offerSpan(spanOf('a'));
    await stage.clock.advance(8.6);
    expect(refused).toMatchObject({ name: 'TimeoutError', message: 'no answer within 3 s' });
  });
});

describe('usage', () => {
  it('counts calls, or requests and their bytes where the exporter tells them', async () => {
    const stage = new Stage({ backend: 'cloudwatch', interval: { metrics: 10 } });
    expect(stage.loop.usage().seconds).toBe(0);
    stage.loop.start();
    stage.total = 3;
    stage.always = async (items, { request }) => {
      if ((items[0] as { name?: string }).name === undefined) return;
      await request?.(100, 1000);
      await request?.(50);
    };
    for (let i = 0; i < 3; i++) stage.loop.offerSpan(spanOf('a'));
    await stage.clock.advance(20);
    expect(stage.loop.usage()).toEqual({
      name: 'backend',
      backend: 'cloudwatch',
      seconds: 20,
      interval: { metrics: 10, spans: 5, events: 1 },
      signals: {
        metrics: { requests: 2, bytes: 0, uncompressed: 0, items: 2, series: 1 },
        spans: { requests: 2, bytes: 150, uncompressed: 1050, items: 3, series: 0 },
        events: { requests: 0, bytes: 0, uncompressed: 0, items: 0, series: 0 },
      },
      metrics: [],
    });
  });
});
