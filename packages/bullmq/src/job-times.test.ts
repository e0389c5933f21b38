import { describe, expect, it } from 'vitest';
import { secondsWaited } from './job-attempt.ts';

const job = { name: 'greet', timestamp: 1_000_000, attemptsMade: 0, attemptsStarted: 1, opts: {} };

describe('secondsWaited', () => {
  it.each([
    ['is the time since the job was added', job, 1_002_500, 2.5],
    ['excludes the delay that was asked for', { ...job, opts: { delay: 2000 } }, 1_002_500, 0.5],
    ['is 0 for a job that was promoted before its time', { ...job, opts: { delay: 60_000 } }, 1_002_500, 0],
    ["is 0 when the producer's clock is ahead", job, 999_000, 0],
    [
      'is unknown for an attempt after a failed one',
      { ...job, attemptsMade: 1, attemptsStarted: 2 },
      1_002_500,
      undefined,
    ],
    ['is unknown for a job that stalled', { ...job, attemptsStarted: 2 }, 1_002_500, undefined],
  ])('%s', (_, given, now, expected) => {
    expect(secondsWaited(given, now)).toBe(expected);
  });

  it('goes by attempts made where BullMQ does not count starts', () => {
    const { attemptsStarted: _, ...old } = job;
    expect(secondsWaited(old, 1_002_500)).toBe(2.5);
    expect(secondsWaited({ ...old, attemptsMade: 1 }, 1_002_500)).toBeUndefined();
  });
});
