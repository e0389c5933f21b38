import { createTraceState } from '@opentelemetry/api';
import type { FinishedSpan } from '@telltale/core';
import { SAMPLE_START, sampleSpans } from '@telltale/testing';
import { decodeOtlp, decodeOtlpJson } from '@telltale-internal/backends';
import { describe, expect, it } from 'vitest';
import { encodeTraces, jsonTraces } from './index.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const plain = sampleSpans()[1] as FinishedSpan;

/** The only span of a request. */
function decoded(span: FinishedSpan): Record<string, unknown> {
  const request = decodeOtlp('spans', encodeTraces([span]));
  expect(decodeOtlpJson('spans', jsonTraces([span]))).toEqual(request);
  return request.resourceSpans?.[0]?.scopeSpans?.[0]?.spans?.[0] as unknown as Record<string, unknown>;
}

describe('spans in OTLP', () => {
  it('has all of a span', () => {
    const span: FinishedSpan = {
      ...(sampleSpans()[0] as FinishedSpan),
      links: [
        {
          context: {
            traceId: '0af7651916cd43dd8448eb211c80319c',
            spanId: 'b7ad6b7169203331',
            traceFlags: 1,
            isRemote: true,
            traceState: createTraceState('a=b'),
          },
          attributes: { why: ['cause', 1, null] },
          droppedAttributesCount: 2,
        },
      ],
      events: (sampleSpans()[0] as FinishedSpan).events.map((event) => ({ ...event, dropped: 4 })),
      dropped: { attributes: 1, events: 2, links: 3 },
    };
    expect(decoded(span)).toEqual({
      traceId,
      spanId: '00f067aa0ba902b7',
      parentSpanId: '53995c3f42cd8ad8',
      traceState: 'vendor=opaque',
      // Sampled; it is known that the parent is remote, and it is.
      flags: 0x301,
      name: 'GET /orders/:id',
      kind: 2,
      startTimeUnixNano: `${SAMPLE_START}000000000`,
      endTimeUnixNano: `${SAMPLE_START}250000000`,
      attributes: [
        { key: 'http.request.method', value: { stringValue: 'GET' } },
        { key: 'http.route', value: { stringValue: '/orders/:id' } },
        { key: 'http.response.status_code', value: { intValue: '500' } },
        { key: 'cached', value: { boolValue: false } },
      ],
      droppedAttributesCount: 1,
      events: [
        {
          timeUnixNano: `${SAMPLE_START}200000000`,
          name: 'exception',
          attributes: [
            { key: 'exception.type', value: { stringValue: 'TypeError' } },
            { key: 'exception.message', value: { stringValue: 'x is undefined' } },
            { key: 'exception.stacktrace', value: { stringValue: 'TypeError\n  at x' } },
          ],
          droppedAttributesCount: 4,
        },
      ],
      droppedEventsCount: 2,
      links: [
        {
          traceId: '0af7651916cd43dd8448eb211c80319c',
          spanId: 'b7ad6b7169203331',
          traceState: 'a=b',
          attributes: [
            { key: 'why', value: { arrayValue: { values: [{ stringValue: 'cause' }, { intValue: '1' }, {}] } } },
          ],
          droppedAttributesCount: 2,
          flags: 0x301,
        },
      ],
      droppedLinksCount: 3,
      status: { code: 2, message: 'no "such" order' },
    });
  });

  it.each([
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 5],
  ])('counts kinds from one: %i is %i', (kind, onTheWire) => {
    expect(decoded({ ...plain, kind }).kind).toBe(onTheWire);
  });

  it('says of a root and of a local parent that it is not remote', () => {
    const { parentSpanId: _, ...root } = plain;
    expect(decoded(root)).toMatchObject({ flags: 0x101 });
    expect(decoded(root)).not.toHaveProperty('parentSpanId');
    expect(decoded({ ...plain, traceFlags: 3 })).toMatchObject({ flags: 0x103 });
  });

  it('has no status for what has none, and ok without a message', () => {
    expect(decoded(plain)).not.toHaveProperty('status');
    expect(decoded({ ...plain, status: 'ok' }).status).toEqual({ code: 1 });
  });

  it('takes links whose trace state has been through a spool, where it is no object any more', () => {
    const context = { traceId, spanId: plain.spanId, traceFlags: 1, traceState: {} as never };
    expect(decoded({ ...plain, links: [{ context }] }).links).toEqual([{ traceId, spanId: plain.spanId, flags: 1 }]);
  });

  it('leaves out attributes without a value', () => {
    expect(decoded({ ...plain, attributes: { gone: undefined, here: '' } }).attributes).toEqual([
      { key: 'here', value: { stringValue: '' } },
    ]);
  });

  it('writes numbers as integers only where a double holds them exactly', () => {
    const attributes = { safe: 2 ** 53 - 1, negative: -(2 ** 53 - 1), beyond: 2 ** 60, part: 0.5, none: Number.NaN };
    expect(decoded({ ...plain, attributes }).attributes).toEqual([
      { key: 'safe', value: { intValue: '9007199254740991' } },
      { key: 'negative', value: { intValue: '-9007199254740991' } },
      { key: 'beyond', value: { doubleValue: 2 ** 60 } },
      { key: 'part', value: { doubleValue: 0.5 } },
      { key: 'none', value: { doubleValue: Number.NaN } },
    ]);
  });
});
