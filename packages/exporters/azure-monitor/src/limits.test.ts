import type { FinishedSpan } from '@telltale/core';
import { contextOf, sampleSpans } from '@telltale/testing';
import { openAzureMonitorBackend } from '@telltale-internal/backends';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { azureMonitor } from './index.ts';
import { cut, shortened } from './shortened.ts';
import { durationOf } from './time-span.ts';

/** Any unit of UTF-16, halves of pairs too; fast-check's own take seconds to make. */
const anyCharacter = fc.oneof(
  fc.constantFrom('a', '_', ' ', 'ü', '日', '\u{1F389}', '\0', '"'),
  fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
);

it('cuts text to bytes between characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter, maxLength: 200 }), fc.integer({ min: 1, max: 100 }), (text, max) => {
      const result = cut(text, max);
      expect(Buffer.byteLength(result)).toBeLessThanOrEqual(max);
      expect(text.startsWith(result)).toBe(true);
      if (Buffer.byteLength(text) <= max) expect(result).toBe(text);
      else expect(max - Buffer.byteLength(result)).toBeLessThan(16);
    }),
  );
});

it('keeps texts apart that differ only in what is cut', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 30 }), fc.string({ minLength: 30 }), (a, b) => {
      const [left, right] = [shortened(`${'x'.repeat(30)}${a}`, 30), shortened(`${'x'.repeat(30)}${b}`, 30)];
      expect(left === right).toBe(a === b);
      expect(Buffer.byteLength(left)).toBeLessThanOrEqual(30);
    }),
  );
});

it('writes durations that are never out of range', () => {
  fc.assert(
    fc.property(fc.double(), (seconds) => {
      expect(durationOf(seconds)).toMatch(/^(\d{1,3}\.)?([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{7}$/);
    }),
  );
  expect(durationOf(59.99999999)).toBe('00:01:00.0000000');
  expect(durationOf(90_061.5)).toBe('1.01:01:01.5000000');
  expect(durationOf(-1)).toBe('00:00:00.0000000');
});

it('gets spans of any size there, in items of at most 64 KB that say what happened', async () => {
  const backend = await openAzureMonitorBackend();
  const exporter = azureMonitor({ connectionString: backend.connectionString });
  const [first] = sampleSpans() as [FinishedSpan];
  const long = '\u{1F389}'.repeat(20_000);
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`key.${i}`, `value ${i}`]));
  const exception = { 'exception.type': long, 'exception.message': long, 'exception.stacktrace': long, note: long };
  const spans = [
    { ...first, spanId: 'a000000000000001', name: long, attributes: { ...many, [long]: long } },
    {
      ...first,
      spanId: 'a000000000000002',
      attributes: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, long])),
      events: [
        { name: 'exception', time: 1, attributes: exception },
        { name: long, time: 1, attributes: { note: long } },
        { name: '', time: 1, attributes: {} },
      ],
      links: Array.from({ length: 300 }, () => ({
        context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 },
      })),
    },
  ] satisfies readonly FinishedSpan[];
  const result = await exporter.exportSpans?.(spans, contextOf());
  expect(result).toMatchObject({ accepted: 2, rejected: 0 });
  expect(backend.server.complaints).toEqual([]);
  const properties = backend.items().map(({ data }) => data.baseData.properties as Record<string, string>);
  expect(properties[0]?.['telltale.cut']).toBe('the item was longer than 64 KB');
  expect(properties[1 + (first.events.length ?? 0)]?.['telltale.cut']).toBe('the item was longer than 64 KB');
  await exporter.shutdown?.();
  await backend.close();
});

it('sends what is more than a request should have in several, in order', async () => {
  const backend = await openAzureMonitorBackend();
  const exporter = azureMonitor({ connectionString: backend.connectionString });
  const [first] = sampleSpans() as [FinishedSpan];
  const spans = Array.from({ length: 1200 }, (_, i) => ({
    ...first,
    spanId: i.toString(16).padStart(16, '0'),
    events: [],
  }));
  const context = contextOf();
  await exporter.exportSpans?.(spans, context);
  expect(context.requests).toHaveLength(3);
  expect(backend.items().map(({ data }) => data.baseData.id)).toEqual(spans.map(({ spanId }) => spanId));
  await exporter.shutdown?.();
  await backend.close();
});
