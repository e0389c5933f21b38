import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { runInSpan, traced } from './run-in-span.ts';
import { testTracing } from './tracing.test-support.ts';

describe('runInSpan', () => {
  it('ends the span with the function and gives its result back', () => {
    const { tracer, contexts, clock, finished } = testTracing();
    const result = runInSpan(tracer, contexts, 'price', { attributes: { sku: 'a' } }, (span) => {
      span.setAttribute('inside', true);
      clock.advance(2);
      return 42;
    });
    expect(result).toBe(42);
    expect(finished).toMatchObject([{ name: 'price', status: 'unset', attributes: { sku: 'a', inside: true } }]);
    expect(finished[0]!.endTime - finished[0]!.startTime).toBe(2);
  });

  it('hands back the very promise, and ends the span when it settles', async () => {
    const { tracer, contexts, finished } = testTracing();
    const { promise, resolve } = Promise.withResolvers<string>();
    const result = runInSpan(tracer, contexts, 'price', undefined, () => promise);
    expect(result).toBe(promise);
    await Promise.resolve();
    expect(finished).toEqual([]);
    resolve('done');
    expect(await result).toBe('done');
    expect(finished).toHaveLength(1);
  });

  it('marks a throw or rejection as a failure, and passes it on', async () => {
    const { tracer, contexts, finished } = testTracing();
    const error = new TypeError('no');
    expect(() =>
      runInSpan(tracer, contexts, 'sync', undefined, () => {
        throw error;
      }),
    ).toThrow(error);
    await expect(runInSpan(tracer, contexts, 'async', undefined, () => Promise.reject(error))).rejects.toBe(error);
    expect(finished).toMatchObject([
      { name: 'sync', status: 'error', statusMessage: 'no', attributes: { 'error.type': 'TypeError' } },
      { name: 'async', status: 'error', statusMessage: 'no', attributes: { 'error.type': 'TypeError' } },
    ]);
  });

  it('is the parent of what runs inside, through awaits, timers and concurrent work', async () => {
    const { tracer, contexts, finished } = testTracing();
    await Promise.all(
      ['a', 'b'].map((name) =>
        runInSpan(tracer, contexts, name, undefined, async () => {
          await sleep(1);
          await Promise.all([1, 2].map((i) => runInSpan(tracer, contexts, `${name}${i}`, undefined, () => sleep(1))));
        }),
      ),
    );
    const id = (name: string): string | undefined => finished.find((span) => span.name === name)?.spanId;
    const parents = Object.fromEntries(finished.map(({ name, parentSpanId }) => [name, parentSpanId]));
    expect(parents).toEqual({ a: undefined, b: undefined, a1: id('a'), a2: id('a'), b1: id('b'), b2: id('b') });
    expect(contexts.active()).toBe(ROOT_CONTEXT);
  });

  it('lets the function end the span itself', () => {
    const { tracer, contexts, finished, problems } = testTracing();
    runInSpan(tracer, contexts, 'price', undefined, (span: Span) => span.end());
    expect(finished).toHaveLength(1);
    expect(problems).toEqual([]);
  });

  it('carries the trace on when nothing is recorded', () => {
    const { tracer, contexts } = testTracing({ sampling: { ratio: 0 } });
    const seen = runInSpan(tracer, contexts, 'price', undefined, (span) => [span, trace.getSpan(contexts.active())]);
    expect(seen[0]).toBe(seen[1]);
  });
});

describe('traced', () => {
  it('keeps this, arguments, result, name and length', () => {
    const { tracer, contexts, finished } = testTracing();
    const shop = {
      tax: 2,
      price: traced(
        { tracer },
        contexts,
        'shop.price',
        function price(this: { tax: number }, net: number, ...times: number[]): number {
          return times.reduce((sum, factor) => sum * factor, net) * this.tax;
        },
      ),
    };
    expect(shop.price(3, 2)).toBe(12);
    expect([shop.price.name, shop.price.length]).toEqual(['price', 1]);
    expect(finished.map(({ name }) => name)).toEqual(['shop.price']);
  });

  it('makes a span of each call of an asynchronous function, failed ones included', async () => {
    const { tracer, contexts, finished } = testTracing();
    const load = traced({ tracer }, contexts, 'load', async (id: number): Promise<number> => {
      await sleep(1);
      if (id < 0) throw new RangeError('negative');
      return id;
    });
    expect(await load(7)).toBe(7);
    await expect(load(-1)).rejects.toThrow('negative');
    expect(finished.map(({ name, status }) => [name, status])).toEqual([
      ['load', 'unset'],
      ['load', 'error'],
    ]);
  });
});
