import { describe, expect, it } from 'vitest';
import { ExportError } from './exporter.ts';
import { judge } from './verdict.ts';

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
      expect(judge({ failed: false, result }, 5, 3)).toMatchObject({ ...nothing, accepted: 5, failure: undefined });
    }
  });

  it('believes no more rejections than there were items', () => {
    expect(judge({ failed: false, result: { rejected: 9 } }, 5, 3)).toMatchObject({
      ...nothing,
      accepted: 2,
      rejected: 3,
    });
  });

  it('calls the refusal of everything a failure', () => {
    const refused = judge({ failed: false, result: { rejected: 5, reason: 'too old' } }, 5, 5);
    expect(refused).toMatchObject({ ...nothing, rejected: 5, failure: 'too old' });
  });

  it('tries nothing again when all was named as accepted before the failure', () => {
    expect(judge({ failed: true, error: new Error('late') }, 5, 0)).toMatchObject({
      ...nothing,
      accepted: 5,
      failure: 'late',
    });
  });

  it('knows an ExportError of another copy of the package by its name', () => {
    const error = Object.assign(new Error('400'), { name: 'ExportError', retryable: false, retryAfter: -1 });
    expect(judge({ failed: true, error }, 5, 5)).toMatchObject({ ...nothing, rejected: 5, retryAfter: undefined });
    expect(judge({ failed: true, error: new ExportError('429', { retryAfter: 3 }) }, 5, 5)).toMatchObject({
      ...nothing,
      retry: true,
      retryAfter: 3,
    });
  });

  it('survives a rejection with anything', () => {
    for (const error of [undefined, null, 7, Object.create(null), Symbol('x')]) {
      expect(judge({ failed: true, error }, 5, 5)).toMatchObject({
        ...nothing,
        retry: true,
        failure: expect.any(String),
      });
    }
  });
});
