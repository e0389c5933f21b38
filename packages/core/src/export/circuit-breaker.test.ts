import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from './circuit-breaker.ts';
import { ExportError } from './exporter.ts';
import { hangUntilAborted, refuseConnection, Stage } from './push-loop.test-support.ts';
import { eventOf, spanOf } from './samples.test-support.ts';
import { SettlingClock } from './settling-clock.test-support.ts';
import type { Signal } from './signal.ts';

/** With the breaker as it is unless told otherwise; pauses of the back-off are half as long as they may be, those of the breaker 5 % longer. */
function broken(signals?: readonly Signal[], more: ConstructorParameters<typeof Stage>[0] = {}): Stage {
  const stage = new Stage({ delivery: {}, ...more }, signals);
  stage.always = refuseConnection;
  stage.loop.start();
  return stage;
}

const never = (): AbortSignal => new AbortController().signal;

describe('a circuit breaker', () => {
  it('is on unless switched off, and opens after five failed calls in a row of whatever signal', async () => {
    const stage = broken(undefined, { interval: 1 });
    stage.total = 1;
    stage.loop.offerSpan(spanOf('a'));
    stage.loop.offerEvent(eventOf('b'));
    await stage.clock.advance(30);
    expect(stage.calls).toHaveLength(5);
    expect(new Set(stage.calls.map(({ signal }) => signal)).size).toBe(3);
    expect(stage.loop.health()).toMatchObject({ status: 'failing', circuit: 'open' });
  });

  it('makes one call for all signals when the pause is over, and doubles it as long as that fails, up to ten times', async () => {
    const stage = broken(undefined, { interval: 1 });
    stage.total = 1;
    stage.loop.offerSpan(spanOf('a'));
    stage.loop.offerEvent(eventOf('b'));
    await stage.clock.advance(3600);
    const probes = stage.times.slice(4);
    const pauses = probes.slice(1).map((at, i) => Math.round((at - (probes[i] as number)) * 100) / 100);
    expect(pauses.slice(0, 7)).toEqual([31.5, 63, 126, 252, 315, 315, 315]);
    // They take turns.
    expect(new Set(stage.calls.slice(5, 8).map(({ signal }) => signal)).size).toBeGreaterThan(1);
  });

  it('is told how to be by the exporter', async () => {
    const stage = broken(['spans'], { delivery: { circuitBreaker: { failures: 2, pause: 100 } } });
    stage.loop.offerSpan(spanOf('a'));
    await stage.clock.advance(5.5 + 104.9);
    expect(stage.times).toEqual([5, 5.5]);
    await stage.clock.advance(0.2);
    expect(stage.times).toEqual([5, 5.5, 110.5]);
  });

  it('collects nothing while it is open', async () => {
    const stage = broken(['metrics'], { interval: 1 });
    stage.total = 1;
    await stage.clock.advance(10);
    const { collected } = stage;
    await stage.clock.advance(20);
    expect(stage.collected).toBe(collected);
  });

  it('closes at the first success, and all signals go on at once', async () => {
    const stage = broken();
    stage.total = 1;
    stage.loop.offerSpan(spanOf('a'));
    stage.loop.offerEvent(eventOf('b'));
    await stage.clock.advance(70);
    expect(stage.loop.health().circuit).toBe('open');
    const before = stage.calls.length;
    stage.always = undefined;
    await stage.clock.advance(60);
    const after = stage.calls.slice(before);
    expect(after.slice(0, 3).map(({ at }) => at)).toEqual(new Array(3).fill(after[0]?.at));
    expect(new Set(after.slice(0, 3).map(({ signal }) => signal)).size).toBe(3);
    expect(stage.loop.health()).toMatchObject({ status: 'ok', circuit: 'closed' });
    expect(stage.loop.health().retryAt).toBeUndefined();
  });

  it('says in health when the next call may be made, and that one is under way', async () => {
    const stage = broken(['spans'], { delivery: { circuitBreaker: { failures: 1, pause: 100 } } });
    expect(stage.loop.health()).toMatchObject({ circuit: 'closed' });
    stage.loop.offerSpan(spanOf('a'));
    await stage.clock.advance(6);
    expect(stage.loop.health()).toMatchObject({ circuit: 'open', retryAt: 1_700_000_005 + 105 });
    stage.clock.correct(-3600);
    expect(stage.loop.health().retryAt).toBeCloseTo(1_700_000_005 + 105 - 3600);
    stage.always = hangUntilAborted;
    await stage.clock.advance(105);
    expect(stage.loop.health()).toMatchObject({ circuit: 'half-open' });
    expect(stage.loop.health().retryAt).toBeUndefined();
  });

  it('honours a backend that asks for a longer pause', async () => {
    const stage = broken(['spans'], { delivery: { circuitBreaker: { failures: 1, pause: 10 } } });
    stage.always = () => Promise.reject(new ExportError('429', { retryAfter: 200 }));
    stage.loop.offerSpan(spanOf('a'));
    await stage.clock.advance(5 + 209);
    expect(stage.calls).toHaveLength(1);
    await stage.clock.advance(2);
    expect(stage.calls).toHaveLength(2);
  });

  it('counts neither refusals of data, nor partial success, nor what could not be collected', async () => {
    for (const answer of [
      () => Promise.reject(new ExportError('400', { retryable: false })),
      () => Promise.reject(new ExportError('413', { divisible: true })),
      (items: readonly unknown[]) => ({ accepted: 0, rejected: items.length, reason: 'too old' }),
    ]) {
      const stage = broken(['spans']);
      stage.always = answer;
      for (let i = 0; i < 10; i++) {
        stage.loop.offerSpan(spanOf('a'));
        await stage.clock.advance(5);
      }
      expect(stage.calls).toHaveLength(10);
      expect(stage.loop.health().circuit).toBe('closed');
    }
    const stage = broken(['metrics'], { interval: 1 });
    Object.defineProperty(stage, 'total', {
      get: () => {
        throw new Error('no luck');
      },
    });
    await stage.clock.advance(100);
    expect(stage.collected).toBeGreaterThan(9);
    expect(stage.loop.health().circuit).toBe('closed');
  });

  it('begins to count anew after a success', async () => {
    const stage = broken(['spans']);
    for (let i = 0; i < 5; i++) {
      stage.answers.push(...new Array(4).fill(refuseConnection), () => undefined);
      stage.loop.offerSpan(spanOf('a'));
      await stage.clock.advance(30);
    }
    expect(stage.calls).toHaveLength(25);
    expect(stage.loop.health()).toMatchObject({ circuit: 'closed', accepted: 5 });
  });

  it('makes no call for a flush while it is open', async () => {
    const stage = broken(['spans'], { delivery: { circuitBreaker: { failures: 1 } } });
    stage.loop.offerSpan(spanOf('a'));
    await stage.clock.advance(5);
    await stage.loop.flush();
    await stage.loop.flush();
    expect(stage.calls).toHaveLength(1);
  });

  it('makes one last try at the end, which may succeed', async () => {
    for (const dead of [true, false]) {
      const stage = broken(undefined, { delivery: { circuitBreaker: { failures: 1 } } });
      stage.total = 1;
      stage.loop.offerSpan(spanOf('a'));
      await stage.clock.advance(10);
      expect(stage.calls).toHaveLength(1);
      if (!dead) stage.always = undefined;
      let ended = false;
      void stage.loop.shutdown(never()).then(() => (ended = true));
      await stage.clock.advance(0);
      expect(ended).toBe(true);
      expect(stage.calls.map(({ signal }) => signal).sort()).toEqual(['metrics', 'spans', 'spans']);
      expect(stage.outcomes).toEqual(
        dead ? { 'metrics dropped': 1, 'spans dropped': 1 } : { 'metrics accepted': 1, 'spans accepted': 1 },
      );
    }
  });

  it('takes a call that hangs for a failure when its time is over, and its late answer for what it is', async () => {
    const stage = broken(['spans', 'events'], { delivery: { circuitBreaker: { failures: 1 } } });
    let end = (): void => {};
    stage.always = () => new Promise((resolve) => (end = resolve));
    stage.loop.offerSpan(spanOf('a'));
    await stage.clock.advance(20);
    expect(stage.loop.health().circuit).toBe('open');
    stage.loop.offerEvent(eventOf('b'));
    await stage.clock.advance(5);
    expect(stage.calls).toHaveLength(1);
    stage.always = undefined;
    end();
    await stage.clock.advance(2);
    expect(stage.loop.health()).toMatchObject({ circuit: 'closed', accepted: 2 });
  });

  it('does not let one signal that is refused starve the others', async () => {
    const stage = broken(['metrics', 'spans', 'events'], { interval: { metrics: 10 } });
    stage.total = 1;
    stage.always = () => {
      const { signal } = stage.calls.at(-1) as { readonly signal: Signal };
      return signal === 'events' ? Promise.reject(new Error('403')) : undefined;
    };
    stage.loop.offerEvent(eventOf('b'));
    await stage.clock.advance(600);
    const at = stage.calls.filter(({ signal }) => signal === 'metrics').map((call) => call.at);
    const longest = Math.max(...at.slice(1).map((time, i) => time - (at[i] as number)));
    expect(longest).toBeLessThan(45);
    expect(stage.loop.health().signals.events?.status).toBe('failing');
  });

  it('lets another signal have the call when the first has nothing to send', async () => {
    const stage = broken(['metrics', 'events'], {
      temporality: 'delta',
      interval: 1,
      delivery: { circuitBreaker: { failures: 1 } },
    });
    stage.loop.offerEvent(eventOf('b'));
    await stage.clock.advance(5);
    stage.always = undefined;
    await stage.clock.advance(30);
    expect(stage.loop.health()).toMatchObject({ circuit: 'closed', accepted: 1 });
    await stage.clock.advance(5);
    expect(stage.calls.filter(({ signal }) => signal === 'metrics')).toEqual([]);
  });

  it('waits longer, but not shorter, for what signals had under way when it opened', () => {
    const clock = new SettlingClock();
    const circuit = new CircuitBreaker({ failures: 1, pause: 10 }, clock, () => 0);
    circuit.failed('spans', undefined);
    circuit.failed('events', undefined);
    expect(circuit.wait).toBe(10);
    circuit.failed('metrics', 25);
    expect(circuit.wait).toBe(25);
  });
});
