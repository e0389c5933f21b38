import { describe, expect, it } from 'vitest';
import { allSeriesOf, testTelemetry } from '../telemetry.test-support.ts';

describe('a queue', () => {
  it('counts what happens at it outside of its jobs', () => {
    const { telemetry } = testTelemetry();
    const queue = telemetry.queue('emails');
    queue.enqueued('send');
    queue.enqueued('send', 4);
    queue.stalled();
    queue.lockRenewalFailed();
    queue.lockRenewalFailed(2);
    queue.rateLimited(1.5);
    expect(allSeriesOf(telemetry)).toEqual({
      'job.enqueued{job.name=send,job.queue=emails}': 5,
      'job.stalled{job.queue=emails}': 1,
      'job.lock_renewal_failures{job.queue=emails}': 3,
      'queue.rate_limited.time{job.queue=emails}': 1.5,
    });
  });

  it('shows the last sample, without what is not known of it', () => {
    const { telemetry } = testTelemetry();
    const queue = telemetry.queue('emails');
    expect(queue.claim()).toBe(true);
    queue.sampled({ depth: { waiting: 3, delayed: 1 }, oldestAge: 60, overdue: 1, workers: 2, paused: true });
    const of = '{job.queue=emails}';
    expect(allSeriesOf(telemetry)).toEqual({
      'queue.depth{job.queue=emails,job.state=waiting}': 3,
      'queue.depth{job.queue=emails,job.state=delayed}': 1,
      [`queue.oldest_job.age${of}`]: 60,
      [`queue.overdue${of}`]: 1,
      [`queue.workers${of}`]: 2,
      [`queue.paused${of}`]: 1,
    });
    queue.sampled({ depth: { waiting: 0 }, oldestAge: 0, paused: false });
    expect(allSeriesOf(telemetry)).toEqual({
      'queue.depth{job.queue=emails,job.state=waiting}': 0,
      [`queue.oldest_job.age${of}`]: 0,
      [`queue.paused${of}`]: 0,
    });
    queue.sampled(undefined);
    expect(allSeriesOf(telemetry)).toEqual({});
  });

  it('is looked at by one observer of the process at a time', () => {
    const { telemetry } = testTelemetry();
    const [first, second] = [telemetry.queue('emails'), telemetry.queue('emails')];
    expect([first.claim(), second.claim(), first.claim(), telemetry.queue('others').claim()]).toEqual([
      true,
      false,
      true,
      true,
    ]);
    first.sampled({ oldestAge: 1 });
    second.sampled({ oldestAge: 2 });
    second.release();
    expect(allSeriesOf(telemetry)).toEqual({ 'queue.oldest_job.age{job.queue=emails}': 1 });
    first.release();
    expect(allSeriesOf(telemetry)).toEqual({});
    expect(second.claim()).toBe(true);
  });

  it('is asked what is costly one at a time, and at most for a five-hundredth of the time', async () => {
    const { telemetry, clock } = testTelemetry();
    const asked: string[] = [];
    const ask = (name: string, seconds = 0.1) =>
      telemetry.queue(name).sparingly(async () => {
        asked.push(name);
        clock.advance(seconds);
        if (seconds === 0) throw new Error('no answer');
      });
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    await ask('a');
    expect([ask('b'), ask('c', 0), ask('b'), ask('d')]).toEqual([undefined, undefined, undefined, undefined]);
    clock.advance(49);
    expect(ask('a')).toBeUndefined();
    expect(asked).toEqual(['a']);
    clock.advance(1);
    expect(ask('e')).toBeUndefined();
    await settled();
    expect(asked).toEqual(['a', 'b']);
    clock.advance(50);
    ask('e');
    await settled();
    // The one that fails took no time, so the next one follows at once.
    expect(asked).toEqual(['a', 'b', 'c', 'd']);
  });

  it('forgets what was to be asked of a queue that is not looked at any more', async () => {
    const { telemetry, clock } = testTelemetry();
    const asked: string[] = [];
    const queue = telemetry.queue('b');
    queue.claim();
    await telemetry.queue('a').sparingly(async () => clock.advance(1));
    queue.sparingly(async () => void asked.push('b'));
    queue.release();
    clock.advance(1000);
    await telemetry.queue('c').sparingly(async () => void asked.push('c'));
    expect(asked).toEqual(['c']);
  });

  it('says what went wrong where it is asked at once', async () => {
    const { telemetry } = testTelemetry();
    const failing = telemetry.queue('a').sparingly(() => Promise.reject(new Error('no answer')));
    await expect(failing).rejects.toThrow('no answer');
  });

  it('is not looked at when nobody wants what is seen', () => {
    const off = { disable: ['queue.*'] };
    expect(testTelemetry({ metrics: off }).telemetry.queue('emails').claim()).toBe(false);
    const some = { disable: ['queue.depth', 'queue.workers'] };
    expect(testTelemetry({ metrics: some }).telemetry.queue('emails').claim()).toBe(true);
    expect(
      testTelemetry({ operations: { disable: ['job'] } })
        .telemetry.queue('emails')
        .claim(),
    ).toBe(false);
  });
});
