import { describe, expect, it } from 'vitest';
import type { ManualClock } from './manual-clock.test-support.ts';
import { testTelemetry, tracedTelemetry } from './telemetry.test-support.ts';

/** Lets time pass in steps, after each of which promises settle. */
async function pass(clock: ManualClock, seconds: number): Promise<void> {
  for (let left = seconds; left > 0; left -= 5) {
    clock.advance(5);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('every', () => {
  it('calls the work once in each interval, the first time within the first', async () => {
    const { telemetry, clock } = testTelemetry();
    let calls = 0;
    telemetry.every(10, () => {
      calls++;
    });
    await pass(clock, 10);
    expect(calls).toBe(1);
    await pass(clock, 100);
    expect(calls).toBe(11);
  });

  it('never calls it twice at a time, and tells the one that is under way', async () => {
    const { telemetry, clock } = testTelemetry();
    const signals: AbortSignal[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    telemetry.every(10, (signal) => {
      signals.push(signal);
      return promise;
    });
    await pass(clock, 10);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await pass(clock, 30);
    expect(signals.map(({ reason }) => reason?.name)).toEqual(['TimeoutError']);
    resolve();
    await promise; // the call has ended before time goes on
    await pass(clock, 10);
    expect(signals).toHaveLength(2);
  });

  it('goes on when the work fails, and tells of it once', async () => {
    const { telemetry, clock, problems } = testTelemetry();
    let calls = 0;
    telemetry.every(10, async () => {
      calls++;
      throw new RangeError('no');
    });
    await pass(clock, 50);
    expect(calls).toBe(5);
    expect(problems).toMatchObject([{ code: 'ERR_ADAPTER', message: 'Repeated work failed: no' }]);
    expect(telemetry.health().problems).toEqual({ ERR_ADAPTER: 5 });
  });

  it('ends when it is told to, and with telemetry, and then starts no more', async () => {
    const { telemetry, clock, problems } = testTelemetry();
    const calls = [0, 0, 0];
    const reasons: unknown[] = [];
    const cancel = telemetry.every(10, () => {
      calls[0]!++;
    });
    telemetry.every(10, (signal) => {
      calls[1]!++;
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(reasons.push(signal.reason))));
    });
    await pass(clock, 10);
    cancel();
    cancel();
    await telemetry.shutdown();
    telemetry.every(10, () => {
      calls[2]!++;
    });
    await pass(clock, 100);
    expect(calls).toEqual([1, 1, 0]);
    expect(reasons).toMatchObject([{ name: 'AbortError' }]);
    expect(problems).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('is part of no trace', async () => {
    const { telemetry, clock, finished } = tracedTelemetry();
    telemetry.span('request', () => {
      telemetry.every(10, () => telemetry.span('work', () => {}));
    });
    await pass(clock, 10);
    expect((await finished()).map(({ name }) => name)).toEqual(['request']);
  });
});
