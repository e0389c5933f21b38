import { describe, expect, it } from 'vitest';
import { ExportError } from './exporter.ts';
import { judge, type Named } from './verdict.ts';

/** Of 5 items, so many were not named. */
const leaving = (left: number, more: Partial<Named> = {}): Named => ({
  size: 5,
  left,
  refused: 0,
  givenUp: 0,
  again: 0,
  ...more,
});
const nothing = { accepted: 0, rejected: 0, unknown: 0, retry: false };

describe('the judgement on an export call', () => {
  it('takes resolving with nothing for the acceptance of everything', () => {
    for (const result of [
      undefined,
      null,
      true,
      {},
      { rejected: 'many', retryAfter: 'soon' },
      { rejected: Number.NaN },
    ]) {
      expect(judge({ failed: false, result }, leaving(3))).toMatchObject({
        ...nothing,
        accepted: 5,
        failure: undefined,
      });
    }
  });

  it('believes no more rejections than there were items', () => {
    expect(judge({ failed: false, result: { rejected: 9 } }, leaving(3))).toMatchObject({
      ...nothing,
      accepted: 2,
      rejected: 3,
    });
  });

  it('calls the refusal of everything a failure', () => {
    const refused = judge({ failed: false, result: { rejected: 5, reason: 'too old' } }, leaving(5));
    expect(refused).toMatchObject({ ...nothing, rejected: 5, failure: 'too old' });
  });

  it('tries nothing again when all was named as accepted before the failure', () => {
    expect(judge({ failed: true, error: new Error('late') }, leaving(0))).toMatchObject({
      ...nothing,
      accepted: 5,
      failure: 'late',
    });
  });

  it('knows an ExportError of another copy of the package by its name', () => {
    const error = Object.assign(new Error('400'), { name: 'ExportError', retryable: false, retryAfter: -1 });
    expect(judge({ failed: true, error }, leaving(5))).toMatchObject({
      ...nothing,
      rejected: 5,
      retryAfter: undefined,
    });
    expect(judge({ failed: true, error: new ExportError('429', { retryAfter: 3 }) }, leaving(5))).toMatchObject({
      ...nothing,
      retry: true,
      retryAfter: 3,
    });
  });

  it('counts what was refused by name once, whether the result has it or not', () => {
    for (const rejected of [0, 2]) {
      const verdict = judge({ failed: false, result: { accepted: 3, rejected } }, leaving(0, { refused: 2 }));
      expect(verdict).toMatchObject({ ...nothing, accepted: 3, failure: undefined, refusal: undefined });
    }
    // Two by name, and one of those that nobody named.
    const more = judge({ failed: false, result: { accepted: 2, rejected: 3 } }, leaving(3, { refused: 2 }));
    expect(more).toMatchObject({ ...nothing, accepted: 2, rejected: 1 });
    const all = judge({ failed: false, result: { rejected: 5, reason: 'too old' } }, leaving(0, { refused: 5 }));
    expect(all).toMatchObject({ ...nothing, failure: 'too old', down: false });
  });

  it('hands over again what may not have arrived, also when the call resolves', () => {
    expect(judge({ failed: false, result: undefined }, leaving(4, { again: 2, givenUp: 1 }))).toMatchObject({
      ...nothing,
      accepted: 2,
      retry: true,
      failure: 'whether 2 arrived is not known',
    });
    const error = new ExportError('reset', { outcomeUnknown: true });
    expect(judge({ failed: true, error }, leaving(4, { again: 3 }))).toMatchObject({
      ...nothing,
      accepted: 1,
      unknown: 1,
      retry: true,
    });
  });

  it('takes for a dead backend only what neither takes nor refuses', () => {
    const down = (error: unknown, named = leaving(5)) => judge({ failed: true, error }, named).down;
    expect(down(new Error('ECONNREFUSED'))).toBe(true);
    expect(down(new ExportError('503'))).toBe(true);
    expect(down(new ExportError('reset', { outcomeUnknown: true, retryable: false }))).toBe(true);
    expect(down(new ExportError('400', { retryable: false }))).toBe(false);
    expect(down(new ExportError('413', { divisible: true }))).toBe(false);
    expect(down(new ExportError('503'), leaving(3))).toBe(false);
    const throttled = { accepted: 0, rejected: 5, retryAfter: 3 };
    expect(judge({ failed: false, result: throttled }, leaving(5)).down).toBe(true);
    expect(judge({ failed: false, result: throttled }, leaving(3)).down).toBe(false);
  });

  it('survives a rejection with anything', () => {
    for (const error of [undefined, null, 7, Object.create(null), Symbol('x')]) {
      expect(judge({ failed: true, error }, leaving(5))).toMatchObject({
        ...nothing,
        retry: true,
        failure: expect.any(String),
      });
    }
  });
});
