import { describe, expect, it } from 'vitest';
import { readyAt } from './job-times.ts';
import { ReadyAgain } from './ready-again.ts';

const job = { timestamp: 1_000_000, attemptsMade: 0, opts: {} };

describe('readyAt', () => {
  it.each([
    ['is when the job was added', job, 1, undefined, 1_000_000],
    ['is later by the delay that was asked for', { ...job, opts: { delay: 2000 } }, 1, undefined, 1_002_000],
    ['is unknown for a parent that waited for its children', job, 1, { children: true }, undefined],
    ['is unknown for a job that was started before', job, 2, undefined, undefined],
    [
      'is unknown for one that failed before, with its starts reset',
      { ...job, attemptsMade: 1 },
      1,
      undefined,
      undefined,
    ],
    [
      'is unknown for one that failed before, with all reset',
      { ...job, stacktrace: ['Error'] },
      1,
      undefined,
      undefined,
    ],
  ])('%s', (_, given, start, notes, expected) => {
    expect(readyAt(given, start, notes)).toBe(expected);
  });
});

describe('ReadyAgain', () => {
  it('knows of the start that follows the failed one, once', () => {
    const ready = new ReadyAgain();
    ready.remember('7', 1, 5000);
    expect(ready.take('8', 2)).toBeUndefined();
    expect(ready.take('7', 2)).toBe(5000);
    expect(ready.take('7', 2)).toBeUndefined();
  });

  it('does not know when the job was started elsewhere in between', () => {
    const ready = new ReadyAgain();
    ready.remember('7', 1, 5000);
    expect(ready.take('7', 3)).toBeUndefined();
    expect(ready.take('7', 2)).toBeUndefined();
  });

  it('forgets the oldest past its limit', () => {
    const ready = new ReadyAgain();
    for (let id = 0; id <= 10_000; id++) ready.remember(`${id}`, 1, id);
    expect([ready.take('0', 2), ready.take('1', 2)]).toEqual([undefined, 1]);
  });
});
