import { describe, expect, it } from 'vitest';
import type { Point } from '../metrics/snapshot.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';
import { type ExportContext, ExportError } from './exporter.ts';
import { hang, hangUntilAborted, refuseConnection, Stage } from './push-loop.test-support.ts';
import { eventOf, spanOf } from './samples.test-support.ts';

function offerSpans(stage: Stage, count: number): readonly FinishedSpan[] {
  const spans = Array.from({ length: count }, (_, i) => spanOf(`span ${i}`));
  for (const span of spans) stage.loop.offerSpan(span);
  return spans;
}

function startedStage(...args: ConstructorParameters<typeof Stage>): Stage {
  const stage = new Stage(...args);
  stage.loop.start();
  return stage;
}

const never = (): AbortSignal => new AbortController().signal;

describe('metrics', () => {
  it('are sent every minute', async () => {
    const stage = startedStage();
    stage.total = 1;
    await stage.clock.advance(180);
    expect(stage.times).toEqual([60, 120, 180]);
    expect(stage.outcomes).toEqual({ 'metrics accepted': 3 });
    expect(stage.durations).toEqual(['metrics 0 false', 'metrics 0 false', 'metrics 0 false']);
  });

  it('keep their pace when calls take long', async () => {
    const stage = startedStage();
    stage.total = 1;
    stage.always = () => new Promise((resolve) => void stage.clock.schedule(resolve, 8));
    await stage.clock.advance(185);
    expect(stage.times).toEqual([60, 120, 180]);
  });

  it('are moved by up to a tenth of the interval, so that instances do not send together', async () => {
    for (const [random, first] of [
      [0, 54],
      [0.999999, 66],
    ] as const) {
      const stage = startedStage({}, ['metrics'], random);
      stage.total = 1;
      await stage.clock.advance(70);
      expect(Math.round(stage.times[0] as number)).toBe(first);
    }
  });

  it('follow the interval of the exporter, for all signals or one', async () => {
    for (const interval of [10, { metrics: 10 }]) {
      const stage = startedStage({ interval });
      stage.total = 1;
      await stage.clock.advance(30);
      expect(stage.times).toEqual([10, 20, 30]);
    }
  });

  it('are not sent when there are none, nor when nothing changed for a delta backend', async () => {
    const stage = startedStage({ temporality: 'delta' });
    await stage.clock.advance(60);
    expect(stage.calls).toEqual([]);
    stage.total = 1;
    await stage.clock.advance(120);
    expect(stage.times).toEqual([120]);
  });

  it('are read anew after a failure: the next difference is only wider', async () => {
    const stage = startedStage({ temporality: 'delta' });
    stage.total = 3;
    stage.answers.push(() => undefined, refuseConnection, refuseConnection);
    await stage.clock.advance(60);
    stage.total = 5;
    await stage.clock.advance(60);
    stage.total = 9;
    await stage.clock.advance(10);
    expect(stage.values).toEqual([3, 2, 6, 6]);
    expect(stage.times).toEqual([60, 120, 120.5, 121.5]);
    expect(stage.outcomes).toEqual({ 'metrics accepted': 2 });
  });

  it('that the backend named as taken are not in the next difference, though the call failed', async () => {
    const stage = startedStage({ temporality: 'delta' });
    stage.total = 3;
    stage.answers.push(async (items, context) => {
      context.accepted(items as Point[]);
      throw new Error('died after the last part');
    });
    await stage.clock.advance(60);
    stage.total = 5;
    await stage.clock.advance(60);
    expect(stage.values).toEqual([3, 2]);
  });

  it('that the backend refuses for good do not come back', async () => {
    const stage = startedStage({ temporality: 'delta' });
    stage.total = 3;
    stage.answers.push(() => Promise.reject(new ExportError('400: bad name', { retryable: false })));
    await stage.clock.advance(60);
    stage.total = 5;
    await stage.clock.advance(60);
    expect(stage.values).toEqual([3, 2]);
    expect(stage.times).toEqual([60, 120]);
    expect(stage.outcomes).toEqual({ 'metrics rejected': 1, 'metrics accepted': 1 });
  });

  it('are tried again when they could not be collected', async () => {
    const stage = startedStage();
    Object.defineProperty(stage, 'total', { get: () => (stage.collected === 1 ? throwing() : 1), configurable: true });
    await stage.clock.advance(61);
    expect(stage.times).toEqual([60.5]);
    expect(stage.told[0]).toBe(
      'Exporting metrics failed (no luck). Nothing could be collected. Further failures are counted in health().',
    );
  });

  it('wait for longer than the interval when the backend asks for it, even after a success', async () => {
    const stage = startedStage({ interval: 10 }, ['metrics'], 0);
    stage.total = 1;
    stage.answers.push(
      () => ({ accepted: 1, rejected: 0, retryAfter: 25 }),
      () => ({ accepted: 1, rejected: 0, retryAfter: 1 }),
    );
    await stage.clock.advance(50);
    expect(stage.times).toEqual([9, 34, 43]);
  });
});

describe('spans and events', () => {
  it('are sent some time after the first came', async () => {
    const stage = startedStage();
    await stage.clock.advance(100);
    offerSpans(stage, 2);
    stage.loop.offerEvent(eventOf('job'));
    await stage.clock.advance(10);
    expect(
      stage.calls
        .filter(({ signal }) => signal !== 'metrics')
        .map(({ at, signal, items }) => [at, signal, items.length]),
    ).toEqual([
      [101, 'events', 1],
      [105, 'spans', 2],
    ]);
  });

  it('are sent at once when a batch is full, but not within the call that filled it', async () => {
    const stage = startedStage();
    offerSpans(stage, 1100);
    expect(stage.calls).toEqual([]);
    await stage.clock.advance(0);
    expect(stage.sizes).toEqual([512, 512]);
    await stage.clock.advance(5);
    expect(stage.sizes).toEqual([512, 512, 76]);
  });

  it('cost no timer while there are none', async () => {
    const stage = startedStage({}, ['spans', 'events']);
    offerSpans(stage, 1);
    await stage.clock.advance(5);
    expect(stage.clock.pending).toBe(0);
  });

  it('that are taken in parts are not handed over again', async () => {
    const stage = startedStage({}, ['spans']);
    const spans = offerSpans(stage, 5);
    stage.answers.push(async (_, context) => {
      context.accepted([spans[1] as FinishedSpan, spans[3] as FinishedSpan, spanOf('of someone else')]);
      throw new Error('503');
    });
    await stage.clock.advance(10);
    expect(stage.calls[1]?.items).toEqual([spans[0], spans[2], spans[4]]);
    expect(stage.outcomes).toEqual({ 'spans accepted': 5 });
  });

  it('are handed over again when a partial result says when', async () => {
    const stage = startedStage({}, ['spans'], 0);
    const spans = offerSpans(stage, 3);
    stage.answers.push((_, context) => {
      context.accepted([spans[0] as FinishedSpan]);
      return { accepted: 1, rejected: 2, retryAfter: 7, reason: 'throttled' };
    });
    await stage.clock.advance(20);
    expect(stage.times).toEqual([4.5, 11.5]);
    expect(stage.sizes).toEqual([3, 2]);
    expect(stage.outcomes).toEqual({ 'spans accepted': 3 });
  });

  it('that a result refuses are given up and told once', async () => {
    const stage = startedStage({}, ['spans']);
    stage.always = (items) => ({ accepted: items.length - 1, rejected: 1, reason: 'too old' });
    for (let i = 0; i < 3; i++) {
      offerSpans(stage, 4);
      await stage.clock.advance(5);
    }
    expect(stage.outcomes).toEqual({ 'spans accepted': 9, 'spans rejected': 3 });
    expect(stage.told).toEqual([
      '1 of the spans were refused (too old) and given up. Further ones are counted in health().',
    ]);
    expect(stage.loop.health()).toMatchObject({ status: 'ok', lastError: { message: 'too old' } });
  });

  it('named as accepted after the call has settled are not believed', async () => {
    const stage = startedStage({}, ['spans']);
    const spans = offerSpans(stage, 1);
    let late: ExportContext | undefined;
    stage.answers.push((_, context) => {
      late = context;
      return Promise.reject(new Error('503'));
    });
    await stage.clock.advance(5);
    late?.accepted(spans);
    await stage.clock.advance(5);
    expect(stage.sizes).toEqual([1, 1]);
  });
});

describe('after a failure', () => {
  it('the same batch comes again, after pauses that grow, before what came since', async () => {
    const stage = startedStage({}, ['spans']);
    const first = offerSpans(stage, 2);
    stage.answers.push(refuseConnection, refuseConnection, () => throwing(), refuseConnection);
    await stage.clock.advance(5);
    const second = offerSpans(stage, 1);
    await stage.clock.advance(20);
    // Full jitter with a constant 0.5: half of 1, 2, 4 and 8 s.
    expect(stage.times).toEqual([5, 5.5, 6.5, 8.5, 12.5, 17.5]);
    expect(stage.calls.map(({ items }) => items)).toEqual([first, first, first, first, first, second]);
  });

  it('pauses grow to half a minute or the interval, whichever is longer', async () => {
    for (const [interval, longest] of [
      [5, 15],
      [200, 100],
    ] as const) {
      const stage = startedStage({ interval }, ['spans']);
      stage.always = refuseConnection;
      offerSpans(stage, 1);
      await stage.clock.advance(2000);
      const { times } = stage;
      expect((times.at(-1) as number) - (times.at(-2) as number)).toBeCloseTo(longest);
    }
  });

  it('the wish of the backend to wait is honoured', async () => {
    const stage = startedStage({}, ['spans'], 0);
    offerSpans(stage, 1);
    stage.answers.push(() => Promise.reject(new ExportError('429', { retryAfter: 17 })));
    await stage.clock.advance(4.5 + 16.9);
    expect(stage.calls).toHaveLength(1);
    await stage.clock.advance(0.2);
    expect(stage.calls).toHaveLength(2);
  });

  it('a full batch does not cut the pause short', async () => {
    const stage = startedStage({}, ['spans'], 0);
    offerSpans(stage, 1);
    stage.answers.push(() => Promise.reject(new ExportError('429', { retryAfter: 17 })));
    await stage.clock.advance(4.5);
    offerSpans(stage, 1000);
    await stage.clock.advance(16);
    expect(stage.calls).toHaveLength(1);
    await stage.clock.advance(1);
    expect(stage.sizes).toEqual([1, 1, 512]);
  });

  it('a batch that cannot be accepted is given up at once, and the next is sent', async () => {
    const stage = startedStage({}, ['spans']);
    offerSpans(stage, 600);
    stage.answers.push(() => Promise.reject(new ExportError('401', { retryable: false })));
    await stage.clock.advance(5);
    expect(stage.sizes).toEqual([512, 88]);
    expect(stage.outcomes).toEqual({ 'spans rejected': 512, 'spans accepted': 88 });
  });

  it('an unknown outcome is counted, and the batch comes again unless the exporter says no', async () => {
    const stage = startedStage({}, ['spans']);
    offerSpans(stage, 2);
    stage.answers.push(() => Promise.reject(new ExportError('reset', { outcomeUnknown: true })));
    await stage.clock.advance(10);
    expect(stage.outcomes).toEqual({ 'spans unknown': 2, 'spans accepted': 2 });

    offerSpans(stage, 3);
    stage.answers.push(() => Promise.reject(new ExportError('reset', { outcomeUnknown: true, retryable: false })));
    await stage.clock.advance(20);
    expect(stage.outcomes).toEqual({ 'spans unknown': 5, 'spans accepted': 2 });
  });

  it('a batch is given up after ten tries when another waits behind it', async () => {
    const stage = startedStage({}, ['spans']);
    const spans = offerSpans(stage, 1024);
    stage.always = (items) => (items.includes(spans[0]) ? Promise.reject(new Error('500')) : undefined);
    await stage.clock.advance(300);
    expect(stage.sizes).toEqual(new Array(11).fill(512));
    expect(stage.outcomes).toEqual({ 'spans dropped': 512, 'spans accepted': 512 });
  });

  it('a batch that hinders nobody is tried for ten minutes', async () => {
    const stage = startedStage({}, ['spans']);
    offerSpans(stage, 1);
    stage.always = refuseConnection;
    await stage.clock.advance(590);
    expect(stage.outcomes).toEqual({});
    await stage.clock.advance(60);
    expect(stage.outcomes).toEqual({ 'spans dropped': 1 });
  });

  it('memory is bounded: what finds no room is dropped and counted', async () => {
    const stage = startedStage({}, ['spans']);
    stage.always = refuseConnection;
    for (let i = 0; i < 10; i++) {
      offerSpans(stage, 1000);
      await stage.clock.advance(1);
    }
    expect(stage.loop.health().queued.spans).toBe(2048 + 512);
    expect(stage.outcomes).toEqual({ 'spans dropped': 10_000 - 2048 - 512 });
    expect(stage.told.filter((message) => message.includes('dropped'))).toEqual([
      'backend could not take all spans: some were dropped. They are counted in health().',
    ]);
  });

  it('is told once, again at every hundredth failure, and when it works again', async () => {
    const stage = startedStage();
    stage.total = 1;
    stage.always = refuseConnection;
    await stage.clock.advance(60 * 60 * 2);
    stage.always = undefined;
    await stage.clock.advance(60);
    const failed =
      'Exporting metrics failed (connect ECONNREFUSED). It is tried again, with growing pauses. Further failures are counted in health().';
    expect(stage.told).toEqual([
      failed,
      failed,
      failed,
      expect.stringMatching(/^Exporting metrics works again, after 2\d\d failed tries in 7\d\d\d s\.$/),
    ]);
  });

  it('a backend that comes and goes is told about once a minute at most', async () => {
    const stage = startedStage({ interval: 2 }, ['metrics']);
    stage.total = 1;
    let calls = 0;
    stage.always = () => (calls++ % 2 === 0 ? Promise.reject(new Error('flaky')) : undefined);
    await stage.clock.advance(300);
    expect(calls).toBeGreaterThan(200);
    expect(stage.told.length).toBeLessThanOrEqual(10);
  });

  it('health says so, and says when it is over', async () => {
    const stage = startedStage({}, ['spans']);
    expect(stage.loop.health()).toEqual({
      name: 'backend',
      status: 'idle',
      consecutiveFailures: 0,
      queued: { spans: 0, events: 0 },
      accepted: 0,
      rejected: 0,
      dropped: 0,
      unknown: 0,
      signals: {
        spans: { status: 'idle', consecutiveFailures: 0, queued: 0, accepted: 0, rejected: 0, dropped: 0, unknown: 0 },
      },
    });
    offerSpans(stage, 1);
    stage.answers.push(refuseConnection);
    await stage.clock.advance(5);
    expect(stage.loop.health()).toMatchObject({
      status: 'failing',
      lastError: { time: 1_700_000_005, message: 'connect ECONNREFUSED' },
      consecutiveFailures: 1,
      queued: { spans: 1, events: 0 },
    });
    await stage.clock.advance(5);
    expect(stage.loop.health()).toMatchObject({
      status: 'ok',
      lastSuccess: 1_700_000_005.5,
      consecutiveFailures: 0,
      accepted: 1,
    });
  });
});

describe('a call that takes too long', () => {
  it('is stopped by its signal and tried again', async () => {
    const stage = startedStage({ timeout: 3 }, ['spans']);
    offerSpans(stage, 1);
    stage.answers.push(hangUntilAborted);
    await stage.clock.advance(20);
    expect(stage.times).toEqual([5, 8.5]);
    expect(stage.durations).toEqual(['spans 3 true', 'spans 0 false']);
    expect(stage.told[0]).toContain('no answer within 3 s');
  });

  it('and ignores its signal: nothing is sent until it ends, which is told once', async () => {
    const stage = startedStage({}, ['spans']);
    offerSpans(stage, 1);
    let end = (): void => {};
    stage.answers.push(() => new Promise((resolve) => (end = resolve)));
    await stage.clock.advance(5);
    offerSpans(stage, 5000);
    await stage.clock.advance(3600);
    expect(stage.calls).toHaveLength(1);
    expect(stage.told).toEqual([
      'backend could not take all spans: some were dropped. They are counted in health().',
      'Exporting spans failed (the call still runs after its time limit of 10 s). No spans are sent until it ends. Further failures are counted in health().',
    ]);
    expect(stage.loop.health()).toMatchObject({ status: 'failing', consecutiveFailures: 1 });

    end();
    await stage.clock.advance(0);
    expect(stage.mostAtOnce).toBe(1);
    expect(stage.sizes).toEqual([1, 512, 512, 512, 512]);
    expect(stage.loop.health()).toMatchObject({ status: 'ok', accepted: 2049, dropped: 5000 - 2048 });
    expect(stage.told.at(-1)).toBe('Exporting spans works again, after 1 failed try in 3589 s.');
  });

  it('and fails late counts as one failure', async () => {
    const stage = startedStage({}, ['spans']);
    offerSpans(stage, 1);
    stage.answers.push(
      () => new Promise((_, reject) => void stage.clock.schedule(() => reject(new Error('late')), 60)),
    );
    await stage.clock.advance(66);
    expect(stage.sizes).toEqual([1, 1]);
    expect(stage.told).toHaveLength(2);
    expect(stage.told[1]).toContain('after 1 failed try');
  });

  it('does not hold up the other signals', async () => {
    const stage = startedStage({});
    stage.total = 1;
    offerSpans(stage, 1);
    stage.answers.push(hang);
    await stage.clock.advance(60);
    expect(stage.calls.map(({ signal }) => signal)).toEqual(['spans', 'metrics']);
  });

  it('never runs next to another one of its signal', async () => {
    const stage = startedStage({}, ['metrics'], 0);
    stage.total = 1;
    stage.always = () => new Promise((resolve) => void stage.clock.schedule(resolve, 9));
    for (let i = 0; i < 300; i++) {
      void stage.loop.flush();
      await stage.clock.advance(1);
    }
    expect(stage.calls.length).toBeGreaterThan(20);
    expect(stage.mostAtOnce).toBe(1);
  });
});

describe('flush', () => {
  it('sends what is there now', async () => {
    const stage = startedStage();
    stage.total = 1;
    offerSpans(stage, 700);
    stage.loop.offerEvent(eventOf('job'));
    await stage.loop.flush();
    expect(stage.times).toEqual([0, 0, 0, 0]);
    expect(stage.outcomes).toEqual({ 'metrics accepted': 1, 'spans accepted': 700, 'events accepted': 1 });
  });

  it('waits for the call in flight, then sends what came since', async () => {
    const stage = startedStage({}, ['spans']);
    offerSpans(stage, 1);
    stage.answers.push(() => new Promise((resolve) => void stage.clock.schedule(resolve, 2)));
    await stage.clock.advance(5);
    offerSpans(stage, 1);
    let flushed = false;
    void stage.loop.flush().then(() => (flushed = true));
    await stage.clock.advance(1);
    expect([flushed, stage.calls.length]).toEqual([false, 1]);
    await stage.clock.advance(1);
    expect([flushed, stage.calls.length]).toEqual([true, 2]);
  });

  it('does not run after items that keep coming', async () => {
    const stage = startedStage({}, ['spans']);
    offerSpans(stage, 10);
    stage.always = () => void stage.loop.offerSpan(spanOf('made by the export'));
    await stage.loop.flush();
    expect(stage.calls).toHaveLength(1);
  });

  it('tries once when the backend is down, also within a pause, and resolves', async () => {
    const stage = startedStage({}, ['spans']);
    stage.always = refuseConnection;
    offerSpans(stage, 1);
    await stage.loop.flush();
    await stage.loop.flush();
    expect(stage.times).toEqual([0, 0]);
  });

  it('resolves after the time limit, and at once while a call is known to hang', async () => {
    const stage = startedStage({ timeout: 4 }, ['spans']);
    stage.always = hang;
    offerSpans(stage, 1);
    let flushed = false;
    void stage.loop.flush().then(() => (flushed = true));
    await stage.clock.advance(3.9);
    expect(flushed).toBe(false);
    await stage.clock.advance(0.1);
    expect(flushed).toBe(true);
    await stage.clock.advance(1);
    await stage.loop.flush();
  });

  it('does nothing before the start and after the end', async () => {
    const stage = new Stage();
    stage.total = 1;
    await stage.loop.flush();
    stage.loop.start();
    await stage.loop.shutdown(never());
    const { length } = stage.calls;
    await stage.loop.flush();
    expect(stage.calls).toHaveLength(length);
  });
});

describe('start', () => {
  it('comes before anything else', async () => {
    let ready = (): void => {};
    const stage = startedStage({ start: () => new Promise((resolve) => (ready = resolve)) }, ['spans']);
    offerSpans(stage, 600);
    await stage.clock.advance(5);
    expect(stage.calls).toEqual([]);
    ready();
    await stage.clock.advance(0);
    expect(stage.sizes).toEqual([512]);
  });

  for (const [how, start] of [
    ['throws', () => throwing()],
    ['rejects', () => Promise.reject(new Error('no luck'))],
  ] as const) {
    it(`that ${how} is reported, and the exports are tried all the same`, async () => {
      const stage = startedStage({ start }, ['spans']);
      offerSpans(stage, 1);
      await stage.clock.advance(0);
      expect(stage.told).toEqual(['The exporter backend did not start: no luck']);
      expect(stage.loop.health()).toMatchObject({ status: 'failing', lastError: { message: 'no luck' } });
      await stage.clock.advance(5);
      expect(stage.loop.health().status).toBe('ok');
    });
  }

  it('that hangs holds nothing up for longer than the time limit', async () => {
    const stage = startedStage({ start: () => new Promise<void>(() => {}) }, ['spans']);
    offerSpans(stage, 1);
    await stage.clock.advance(20);
    expect(stage.times).toEqual([15]);
    expect(stage.told[0]).toBe('The exporter backend did not start: start() did not settle within 10 s');
  });

  it('is all that an exporter needs that serves', async () => {
    const stage = new Stage({ start: () => {} }, []);
    expect(stage.loop.health().status).toBe('idle');
    stage.loop.start();
    expect(stage.loop.health()).toMatchObject({ status: 'ok', signals: {} });
  });
});

describe('shutdown', () => {
  it('sends what is left, ends the exporter and takes nothing more', async () => {
    const order: string[] = [];
    const stage = startedStage({
      shutdown: async () => {
        order.push('shutdown');
      },
    });
    stage.always = () => void order.push('export');
    stage.total = 1;
    offerSpans(stage, 600);
    await stage.loop.shutdown(never());
    expect(order).toEqual(['export', 'export', 'export', 'shutdown']);
    offerSpans(stage, 1);
    await stage.clock.advance(1000);
    expect(stage.outcomes).toEqual({ 'metrics accepted': 1, 'spans accepted': 600, 'spans dropped': 1 });
  });

  it('happens once', async () => {
    let ends = 0;
    const stage = startedStage({ shutdown: async () => void ends++ });
    expect(stage.loop.shutdown(never())).toBe(stage.loop.shutdown(never()));
    await stage.loop.shutdown(never());
    expect(ends).toBe(1);
  });

  it('tries a few times, then counts what is left as dropped', async () => {
    const stage = startedStage({ temporality: 'delta' });
    stage.always = refuseConnection;
    stage.total = 1;
    offerSpans(stage, 600);
    let ended = false;
    void stage.loop.shutdown(never()).then(() => (ended = true));
    await stage.clock.advance(10);
    expect(ended).toBe(true);
    for (const tried of ['metrics', 'spans']) {
      expect(stage.calls.filter(({ signal }) => signal === tried).map(({ at }) => at)).toEqual([0, 0.5, 1.5]);
    }
    expect(stage.outcomes).toEqual({ 'metrics dropped': 1, 'spans dropped': 600 });
  });

  it('does not wait for a backend that asks for a long pause', async () => {
    const stage = startedStage({}, ['spans']);
    stage.always = () => Promise.reject(new ExportError('429', { retryAfter: 60 }));
    offerSpans(stage, 1);
    await stage.loop.shutdown(never());
    expect(stage.outcomes).toEqual({ 'spans dropped': 1 });
  });

  it('stops the call in flight at the deadline; what it carried is dropped', async () => {
    const stage = startedStage({}, ['spans']);
    stage.always = hangUntilAborted;
    offerSpans(stage, 600);
    expect(await endedAt(stage, 3)).toBe(3);
    expect(stage.outcomes).toEqual({ 'spans dropped': 600 });
    await stage.clock.advance(100);
    expect(stage.sizes).toEqual([512]);
  });

  it('does not wait for a call that hangs beyond the deadline; whether it arrives is unknown', async () => {
    let ended = 0;
    const stage = startedStage({ shutdown: async () => void ended++ }, ['spans']);
    let end = (): void => {};
    stage.answers.push(() => new Promise((resolve) => (end = resolve)));
    offerSpans(stage, 600);
    await stage.clock.advance(20);
    expect(await endedAt(stage, 3)).toBe(3);
    expect(stage.outcomes).toEqual({ 'spans unknown': 512, 'spans dropped': 88 });
    expect(ended).toBe(1);
    end();
    await stage.clock.advance(100);
    expect(stage.calls).toHaveLength(1);
    expect(stage.outcomes).toEqual({ 'spans unknown': 512, 'spans dropped': 88 });
  });

  it('says so when the deadline comes before the answer to the last call', async () => {
    const stage = startedStage({}, ['spans']);
    stage.always = hang;
    offerSpans(stage, 1);
    expect(await endedAt(stage, 3)).toBe(3);
    expect(stage.told).toEqual([
      'Exporting spans failed (no answer before the end). Whether 1 spans arrived is not known. Further failures are counted in health().',
    ]);
    expect(stage.loop.health()).toMatchObject({ status: 'failing', unknown: 1 });
  });

  it('does not wait for an exporter whose shutdown hangs, and reports one that fails', async () => {
    const hanging = startedStage({ shutdown: () => new Promise<void>(() => {}) });
    expect(await endedAt(hanging, 3)).toBe(3);
    const failing = startedStage({ shutdown: () => Promise.reject(new Error('no luck')) });
    await failing.loop.shutdown(never());
    expect(failing.told).toEqual(['The exporter backend did not shut down cleanly: no luck']);
  });

  it('lets a flush that waits go', async () => {
    const stage = startedStage({}, ['spans']);
    stage.always = hang;
    offerSpans(stage, 1);
    const flushed = stage.loop.flush();
    await endedAt(stage, 3);
    await stage.clock.advance(10);
    await flushed;
  });
});

/** Shuts down with a deadline in `seconds`; gives how many seconds it took. */
async function endedAt(stage: Stage, seconds: number): Promise<number | undefined> {
  const deadline = new AbortController();
  const began = stage.clock.monotonic();
  let ended: number | undefined;
  stage.clock.schedule(() => deadline.abort(new Error('deadline')), seconds);
  void stage.loop.shutdown(deadline.signal).then(() => (ended = stage.clock.monotonic() - began));
  await stage.clock.advance(seconds + 10);
  return ended;
}

function throwing(): never {
  throw new Error('no luck');
}
