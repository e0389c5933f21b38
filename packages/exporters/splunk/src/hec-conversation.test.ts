import { type Exportable, ExportError } from '@telltale/core';
import { contextOf, sampleEvents } from '@telltale/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splunkUnderTest } from './backend.test-support.ts';
import type { HecVerdict } from './hec-answer.ts';
import { type CountingBases, converse } from './hec-conversation.ts';
import type { HecRecord } from './hec-record.ts';

const item = (i: number) => ({ i }) as unknown as Exportable;
const recordsOf = (count: number): readonly HecRecord[] =>
  Array.from({ length: count }, (_, i) => ({ text: String(i), items: [item(i)] }));

/** A collector that stops at the first of `bad`, and counts from `base`. */
function collector(bad: ReadonlySet<number>, base: 0 | 1) {
  const taken: number[] = [];
  let requests = 0;
  const post = async (records: readonly HecRecord[]): Promise<HecVerdict> => {
    requests++;
    for (const [i, { text }] of records.entries()) {
      if (bad.has(Number(text))) return { kind: 'fault', number: i + base, code: 6, reason: 'Invalid data format' };
      taken.push(Number(text));
    }
    return { kind: 'taken' };
  };
  return { taken, post, requests: () => requests };
}

it('refuses just what is at fault and takes the rest once, wherever the collector begins to count', async () => {
  const batch = fc.record({
    count: fc.integer({ min: 1, max: 30 }),
    bad: fc.uniqueArray(fc.nat(29), { maxLength: 10 }),
    base: fc.constantFrom(0 as const, 1 as const),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(batch, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(0 as const, 1 as const),
      async (batches, base) => {
        const bases: CountingBases = new Map();
        for (const { count, bad } of batches) {
          const faulty = new Set(bad.filter((i) => i < count));
          const { taken, post } = collector(faulty, base);
          const answer = await converse({
            records: recordsOf(count),
            context: contextOf(),
            bases,
            whenUnknown: 'give-up',
            post,
          });
          expect(new Set(answer.refused)).toEqual(faulty);
          expect(answer.again).toEqual([]);
          expect(taken).toEqual(Array.from({ length: count }, (_, i) => i).filter((i) => !faulty.has(i)));
        }
      },
    ),
  );
});

it('needs one request more for a fault once it knows how the collector counts', async () => {
  const bases: CountingBases = new Map();
  const requests: number[] = [];
  for (let i = 0; i < 2; i++) {
    const backend = collector(new Set([5]), 0);
    await converse({ records: recordsOf(10), context: contextOf(), bases, whenUnknown: 'again', post: backend.post });
    requests.push(backend.requests());
  }
  expect(requests).toEqual([3, 2]);
});

it('gives up the rest of a batch that is at fault almost everywhere', async () => {
  const { post, requests } = collector(new Set(Array.from({ length: 500 }, (_, i) => i)), 0);
  const answer = await converse({
    records: recordsOf(500),
    context: contextOf(),
    bases: new Map(),
    whenUnknown: 'again',
    post,
  });
  expect(answer.refused).toHaveLength(500);
  expect(requests()).toBeLessThan(70);
});

describe('a failure in the middle', () => {
  const records = recordsOf(4);
  const fault: HecVerdict = { kind: 'fault', number: 0, code: 6, reason: 'Invalid data format' };
  const failing = (error: Error) => {
    const answers = [async () => fault, async () => Promise.reject(error)];
    return () => (answers.shift() as () => Promise<HecVerdict>)();
  };

  it('has the rest sent again, and keeps what was said of the first', async () => {
    const post = failing(new ExportError('busy', { retryAfter: 7 }));
    const answer = await converse({ records, context: contextOf(), bases: new Map(), whenUnknown: 'give-up', post });
    expect(answer).toEqual({ refused: [0], again: [1, 2, 3], reason: 'busy', retryAfter: 7 });
  });

  it('tells of what is sent and not known to be taken', async () => {
    const context = contextOf();
    const post = failing(new ExportError('reset', { outcomeUnknown: true }));
    await converse({ records, context, bases: new Map(), whenUnknown: 'give-up', post });
    expect(context.unsure).toEqual(new Set(records.slice(1).flatMap(({ items }) => items)));
  });

  it('leaves open what of two it was, where that cannot be told any more', async () => {
    const context = contextOf();
    const answers = [
      async (): Promise<HecVerdict> => ({ ...fault, number: 2 }),
      async () => Promise.reject(new ExportError('busy')),
    ];
    const answer = await converse({
      records,
      context,
      bases: new Map(),
      whenUnknown: 'give-up',
      post: () => (answers.shift() as () => Promise<HecVerdict>)(),
    });
    expect(answer).toMatchObject({ refused: [], again: [1, 2, 3] });
    expect(context.unsure).toEqual(new Set(records[1]?.items));
  });
});

it('throws what failed at once: nothing was taken', async () => {
  const post = () => Promise.reject(new ExportError('busy'));
  const sending = converse({
    records: recordsOf(2),
    context: contextOf(),
    bases: new Map(),
    whenUnknown: 'again',
    post,
  });
  await expect(sending).rejects.toThrow('busy');
});

it('keeps what a collector took before it was too busy', async () => {
  const context = contextOf();
  const records = recordsOf(5);
  const stopped: HecVerdict = {
    kind: 'stopped',
    number: 3,
    code: 9,
    error: new ExportError('busy', { retryAfter: 2 }),
  };
  const post = async () => stopped;
  const answer = await converse({ records, context, bases: new Map(), whenUnknown: 'again', post });
  expect(answer).toEqual({ refused: [], again: [2, 3, 4], reason: 'busy', retryAfter: 2 });
  expect(context.unsure).toEqual(new Set(records[2]?.items));
  const known = await converse({ records, context: contextOf(), bases: new Map([[9, 0]]), whenUnknown: 'again', post });
  expect(known).toMatchObject({ again: [3, 4] });
});

for (const countsFrom of [0, 1] as const) {
  it(`isolates an event that the collector refuses, counting from ${countsFrom}`, async () => {
    const { exporter, backend } = await splunkUnderTest({}, { countsFrom });
    const events = sampleEvents();
    backend.server.refuseOne();
    const context = contextOf();
    const result = await exporter.exportEvents?.(events, context);
    expect(result).toMatchObject({ accepted: events.length - 1, rejected: 1 });
    expect(backend.eventCount()).toBe(events.length - 1);
  });
}
