import { describe, expect, it } from 'vitest';
import { settle } from './settle.ts';

function observed<T>(work: () => T): { readonly result: () => T; readonly calls: unknown[][] } {
  const calls: unknown[][] = [];
  return { result: () => settle(work, (...call) => calls.push(call)), calls };
}

describe('settle', () => {
  it('gives what synchronous work gives, and throws what it throws', () => {
    const value = { plain: true };
    const good = observed(() => value);
    expect(good.result()).toBe(value);
    expect(good.calls).toEqual([[false, undefined]]);
    const error = new Error('no');
    const bad = observed(() => {
      throw error;
    });
    expect(bad.result).toThrow(error);
    expect(bad.calls).toEqual([[true, error]]);
  });

  it('gives the very promise of asynchronous work, and is called when that has settled', async () => {
    const promise = Promise.resolve(5);
    const good = observed(() => promise);
    expect(good.result()).toBe(promise);
    expect(good.calls).toEqual([]);
    await promise;
    expect(good.calls).toEqual([[false, undefined]]);
    const rejected = Promise.reject(new Error('no'));
    const bad = observed(() => rejected);
    expect(bad.result()).toBe(rejected);
    await expect(rejected).rejects.toThrow('no');
    expect(bad.calls).toEqual([[true, new Error('no')]]);
  });

  it('runs a query that runs with each call of then only once', async () => {
    let runs = 0;
    const query = {
      // biome-ignore lint/suspicious/noThenProperty: it is what is tested
      then(resolve: (rows: number) => void) {
        resolve(++runs);
      },
    };
    const { result, calls } = observed(() => query as unknown as Promise<number>);
    expect(await result()).toBe(1);
    expect(runs).toBe(1);
    expect(calls).toEqual([[false, undefined]]);
  });
});
