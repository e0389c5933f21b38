import { afterEach, describe, expect, it, vi } from 'vitest';
import { Diagnostics } from './diagnostics.ts';
import { messageOf, TelemetryError } from './errors.ts';

afterEach(() => vi.restoreAllMocks());

describe('Diagnostics', () => {
  it('tells each problem of recording once for its subject, and counts all', () => {
    const told: string[] = [];
    const diagnostics = new Diagnostics((error) => told.push(error.message));
    for (let round = 0; round < 3; round++) {
      diagnostics.problem('ERR_VALUE', 'a', () => 'a is bad');
      diagnostics.problem('ERR_VALUE', 'b', () => 'b is bad');
      diagnostics.report(new TelemetryError('ERR_EXPORT', 'down'), 'backend');
    }
    expect(told).toEqual(['a is bad', 'b is bad', 'down', 'down', 'down']);
    expect([...diagnostics.counts]).toEqual([
      ['ERR_VALUE', 6],
      ['ERR_EXPORT', 3],
    ]);
  });

  it('remembers no more than 1,000 subjects', () => {
    let told = 0;
    const diagnostics = new Diagnostics(() => {
      told++;
    });
    for (let at = 0; at < 5000; at++) diagnostics.problem('ERR_VALUE', `${at}`, () => '');
    expect([told, diagnostics.counts.get('ERR_VALUE')]).toEqual([1000, 5000]);
  });

  it('survives a listener that throws or rejects', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const throwing = new Diagnostics(() => {
      throw new Error('logger is down');
    });
    throwing.problem('ERR_VALUE', 'a', () => 'a');
    const rejecting = new Diagnostics((async () => {
      throw new Error('logger is down');
    }) as () => void);
    rejecting.problem('ERR_VALUE', 'a', () => 'a');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('warns through the process when nobody listens', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const diagnostics = new Diagnostics();
    diagnostics.problem('ERR_VALUE', 'a', () => 'a is bad');
    diagnostics.report(new TelemetryError('ERR_EXPORT', 'is down'), 'backend');
    expect(warn.mock.calls).toEqual([
      ['a is bad', { type: 'TelltaleWarning', code: 'ERR_VALUE' }],
      ['backend: is down', { type: 'TelltaleWarning', code: 'ERR_EXPORT' }],
    ]);
  });
});

describe('messageOf', () => {
  it('finds words for whatever was thrown', () => {
    expect([new Error('no'), 'text', undefined, Symbol('s'), Object.create(null)].map(messageOf)).toEqual([
      'no',
      'text',
      'undefined',
      'Symbol(s)',
      'a value of type object',
    ]);
  });
});
