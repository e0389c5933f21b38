import { type Exportable, ExportError, type ExportResult } from '@telltale/core';
import { contextOf, sampleSpans, type TestContext } from '@telltale/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Parcel, type ParcelAnswer, type Shipment, sendParcels } from './index.ts';

/** As many parcels as asked for, each for a span of its own. */
function parcelsOf(count: number): readonly Parcel<string>[] {
  const [sample] = sampleSpans();
  return Array.from({ length: count }, (_, i) => ({ payload: `p${i}`, items: [{ ...sample }] as Exportable[] }));
}

/** Sends with a backend that answers as `answer` says, and tells what it was sent. */
async function sending(
  parcels: readonly Parcel<string>[],
  answer: (payloads: readonly string[], request: number) => ParcelAnswer | void | Error,
  options: Partial<Shipment<string, string>> = {},
): Promise<{
  readonly sent: readonly string[];
  readonly context: TestContext;
  readonly result: ExportResult | undefined;
  readonly error: ExportError | undefined;
}> {
  const sent: string[] = [];
  const context = contextOf();
  const outcome = await sendParcels(parcels, {
    context,
    maxWeight: 4,
    whenUnknown: 'give-up',
    encode: (payloads) => payloads.join(' '),
    send: async (body, payloads) => {
      sent.push(body);
      const given = answer(payloads, sent.length);
      if (given instanceof Error) throw given;
      return given;
    },
    ...options,
  }).then(
    (result) => ({ result, error: undefined }),
    (error: ExportError) => ({ result: undefined, error }),
  );
  return { sent, context, ...outcome };
}

const payloadAtFault = new ExportError('400 bad payload', { retryable: false, divisible: true });

test('sends in order, in as few requests as the limit allows', async () => {
  const { sent, result, context } = await sending(parcelsOf(9), () => {});
  expect(sent).toEqual(['p0 p1 p2 p3', 'p4 p5 p6 p7', 'p8']);
  expect(result).toEqual({ accepted: 9, rejected: 0 });
  expect(context.named.size).toBe(9);
});

test('counts parcels by their weight', async () => {
  const weigh = (payload: string): number => (payload === 'p1' ? 4 : 1);
  const { sent } = await sending(parcelsOf(4), () => {}, { weigh });
  expect(sent).toEqual(['p0', 'p1', 'p2 p3']);
});

test('sends nothing when there is nothing', async () => {
  const { sent, result } = await sending([], () => {});
  expect(sent).toEqual([]);
  expect(result).toEqual({ accepted: 0, rejected: 0 });
});

test('halves a body that has too many bytes, and gives up what is too big by itself', async () => {
  const parcels = [...parcelsOf(3), { payload: 'x'.repeat(20), items: parcelsOf(1)[0]?.items ?? [] }];
  const { sent, result, context } = await sending(parcels, () => {}, { maxBytes: 8 });
  expect(sent).toEqual(['p0 p1', 'p2']);
  expect(result).toMatchObject({ accepted: 3, rejected: 1, reason: expect.stringContaining('20 bytes') });
  expect(context.refused).toEqual(new Set(parcels[3]?.items));
});

test('makes requests as full as their bytes allow when payloads are measured', async () => {
  const parcels = [...parcelsOf(5), { payload: 'x'.repeat(9), items: parcelsOf(1)[0]?.items ?? [] }];
  const measure = (payload: string): number => payload.length + 1;
  const encode = (payloads: readonly string[]): string => `[${payloads.map((payload) => `${payload},`).join('')}]`;
  const { sent, result } = await sending(parcels, () => {}, { maxBytes: 12, measure, encode });
  expect(sent).toEqual(['[p0,p1,p2,]', '[p3,p4,]', '[xxxxxxxxx,]']);
  expect(result).toEqual({ accepted: 6, rejected: 0 });
});

test('names what each request took at once, so that a failure further on does not send it again', async () => {
  const parcels = parcelsOf(6);
  const { sent, error, context } = await sending(parcels, (_, request) =>
    request === 2 ? new ExportError('503', { retryAfter: 7 }) : undefined,
  );
  expect(sent).toEqual(['p0 p1 p2 p3', 'p4 p5']);
  expect(error).toMatchObject({ message: '503', retryAfter: 7, retryable: true });
  expect(context.named).toEqual(new Set(parcels.slice(0, 4).flatMap(({ items }) => items)));
});

test('isolates what a backend refuses a request for, and gets all else there', async () => {
  const parcels = parcelsOf(8);
  const { result, context } = await sending(
    parcels,
    (payloads) => (payloads.includes('p5') ? payloadAtFault : undefined),
    { maxWeight: 8 },
  );
  expect(result).toEqual({ accepted: 7, rejected: 1, reason: '400 bad payload' });
  expect(context.refused).toEqual(new Set(parcels[5]?.items));
});

test('spends a bounded number of requests on a backend that refuses everything', async () => {
  const { sent, result } = await sending(parcelsOf(1000), () => payloadAtFault, { maxWeight: 1000 });
  expect(result).toMatchObject({ accepted: 0, rejected: 1000 });
  expect(sent.length).toBeLessThanOrEqual(129);
});

test('sends on what was refused or is to come again by index', async () => {
  const parcels = parcelsOf(4);
  const { error, context } = await sending(parcels, () => ({
    refused: [1],
    again: [2],
    reason: 'full',
    retryAfter: 3,
  }));
  expect(context.named).toEqual(new Set([parcels[0], parcels[3]].flatMap((parcel) => parcel?.items)));
  expect(context.refused).toEqual(new Set(parcels[1]?.items));
  expect(error).toMatchObject({ retryable: true, retryAfter: 3, message: expect.stringContaining('full') });
});

test('passes on how many a backend refused that does not say which', async () => {
  const { result, context } = await sending(parcelsOf(4), () => ({ refusedCount: 1, reason: 'one was wrong' }));
  expect(result).toEqual({ accepted: 3, rejected: 1, reason: 'one was wrong' });
  expect(context.named.size).toBe(0);
});

test.each(['again', 'give-up'] as const)('of an unknown outcome, names just the request of it: %s', async (rule) => {
  const parcels = parcelsOf(9);
  const told: unknown[] = [];
  const context = contextOf();
  const sendingAll = sendParcels(parcels, {
    context: { ...context, unknown: (items, then) => void told.push([...items].length, then) },
    maxWeight: 4,
    whenUnknown: rule,
    encode: (payloads) => payloads.join(' '),
    send: async (body) => {
      if (body.startsWith('p4')) throw new ExportError('it died', { outcomeUnknown: true });
    },
  });
  // Not `outcomeUnknown`, which would count all that is left, also what was never sent.
  await expect(sendingAll).rejects.toMatchObject({ message: 'it died', outcomeUnknown: false, retryable: true });
  expect(told).toEqual([4, rule]);
  expect(context.named.size).toBe(4);
});

test('does with the context of a program that calls an exporter by hand', async () => {
  const { signal, resource, accepted, named } = contextOf();
  const result = await sendParcels(parcelsOf(2), {
    context: { signal, resource, accepted },
    maxWeight: 1,
    whenUnknown: 'again',
    encode: (payloads) => payloads.join(' '),
    send: async (body) => {
      if (body === 'p0') throw payloadAtFault;
    },
  });
  expect(result).toMatchObject({ accepted: 1, rejected: 1 });
  expect(named.size).toBe(1);
});

test('whatever a backend refuses, each item is named once, as taken or refused', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 60 }),
      fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 20 }),
      async (count, bad, maxWeight) => {
        const isBad = (payload: string): boolean => bad.includes(Number(payload.slice(1)));
        const parcels = parcelsOf(count);
        const { result, context } = await sending(
          parcels,
          (payloads) => (payloads.some(isBad) ? payloadAtFault : undefined),
          { maxWeight },
        );
        const refused = parcels.filter(({ payload }) => isBad(payload)).flatMap(({ items }) => items);
        expect(context.refused).toEqual(new Set(refused));
        expect(context.named.size).toBe(count - refused.length);
        expect(result).toMatchObject({ accepted: count - refused.length, rejected: refused.length });
      },
    ),
  );
});
