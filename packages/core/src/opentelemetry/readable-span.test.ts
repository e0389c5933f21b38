import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { hrTimeToMicroseconds } from '@opentelemetry/core';
import { emptyResource, resourceFromAttributes } from '@opentelemetry/resources';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FinishedSpan, type Resource, readableSpan } from '../index.ts';
import { hrTimeBetween, hrTimeOf } from './hr-time.ts';

const resource: Resource = { attributes: { 'service.name': 'shop', team: 'payments' } };

const SPAN: FinishedSpan = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: '00f067aa0ba902b7',
  parentIsRemote: true,
  traceFlags: 1,
  traceState: 'rojo=1,congo=2',
  name: 'GET /orders/:id',
  kind: SpanKind.SERVER,
  startTime: 1_700_000_000.25,
  endTime: 1_700_000_001.000001,
  status: 'error',
  statusMessage: 'no stock',
  attributes: { 'http.route': '/orders/:id', list: ['a'] },
  events: [{ name: 'cache miss', time: 1_700_000_000.5, attributes: { key: 'k' }, dropped: 2 }],
  links: [{ context: { traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), traceFlags: 0 } }],
  dropped: { attributes: 1, events: 2, links: 3 },
  scope: { name: 'lib', version: '1' },
  resource,
};

describe('readableSpan', () => {
  it('says the same in the words of the SDK', () => {
    const { spanContext, parentSpanContext, resource: itsResource, ...rest } = readableSpan(SPAN);
    expect(rest).toStrictEqual({
      name: 'GET /orders/:id',
      kind: SpanKind.SERVER,
      startTime: [1_700_000_000, 250_000_000],
      endTime: [1_700_000_001, 1000],
      duration: [0, 750_001_000],
      status: { code: SpanStatusCode.ERROR, message: 'no stock' },
      attributes: { 'http.route': '/orders/:id', list: ['a'] },
      links: SPAN.links,
      events: [
        { name: 'cache miss', time: [1_700_000_000, 500_000_000], attributes: { key: 'k' }, droppedAttributesCount: 2 },
      ],
      ended: true,
      instrumentationScope: { name: 'lib', version: '1' },
      droppedAttributesCount: 1,
      droppedEventsCount: 2,
      droppedLinksCount: 3,
    });
    const { traceState, ...ids } = spanContext();
    expect(ids).toStrictEqual({ traceId: SPAN.traceId, spanId: SPAN.spanId, traceFlags: 1 });
    expect(traceState?.serialize()).toBe('rojo=1,congo=2');
    expect(spanContext()).toBe(spanContext());
    expect(parentSpanContext).toMatchObject({ traceId: SPAN.traceId, spanId: SPAN.parentSpanId, isRemote: true });
    expect(itsResource.attributes).toBe(resource.attributes);
  });

  it('leaves out what a span has not', () => {
    const { parentSpanId: _, traceState: __, statusMessage: ___, ...root } = SPAN;
    const readable = readableSpan({ ...root, status: 'unset' });
    expect(readable).not.toHaveProperty('parentSpanContext');
    expect(readable.spanContext()).not.toHaveProperty('traceState');
    expect(readable.status).toStrictEqual({ code: SpanStatusCode.UNSET });
    expect(readableSpan({ ...root, status: 'ok' }).status).toStrictEqual({ code: SpanStatusCode.OK });
  });

  it('has one resource for all spans of a service, which exporters group by', () => {
    expect(readableSpan(SPAN).resource).toBe(readableSpan({ ...SPAN }).resource);
    const other = readableSpan({ ...SPAN, resource: { attributes: { ...resource.attributes } } });
    expect(other.resource).not.toBe(readableSpan(SPAN).resource);
  });

  it('has a resource that merges with the SDK’s, and the SDK’s with it: the argument counts', async () => {
    const ours = readableSpan(SPAN).resource;
    const theirs = resourceFromAttributes(
      { team: 'platform', host: Promise.resolve('h') },
      { schemaUrl: 'https://example.com/schema' },
    );
    const merged = ours.merge(theirs);
    expect(merged.asyncAttributesPending).toBe(true);
    await merged.waitForAsyncAttributes?.();
    expect(merged.attributes).toStrictEqual({ 'service.name': 'shop', team: 'platform', host: 'h' });
    expect(merged.schemaUrl).toBe('https://example.com/schema');
    const other = theirs.merge(ours);
    await other.waitForAsyncAttributes?.();
    expect(other.attributes).toStrictEqual({ 'service.name': 'shop', team: 'payments', host: 'h' });
    const auth = readableSpan({ ...SPAN, resource: { attributes: { 'service.name': 'auth' } } }).resource;
    expect(ours.merge(auth).attributes).toStrictEqual({ 'service.name': 'auth', team: 'payments' });
    expect(ours.merge(null)).toBe(ours);
    expect(emptyResource().merge(ours).attributes).toStrictEqual(ours.attributes);
    expect(ours.getRawAttributes()).toStrictEqual(Object.entries(resource.attributes));
    expect(ours.asyncAttributesPending).toBe(false);
    expect(await ours.waitForAsyncAttributes?.()).toBeUndefined();
  });

  it('has whole microseconds, and durations that end at the end', () => {
    const seconds = fc.double({ min: 0, max: 4e9, noNaN: true });
    fc.assert(
      fc.property(seconds, seconds, (start, end) => {
        const [from, to] = [hrTimeOf(start), hrTimeOf(end)];
        expect(from[1] % 1000).toBe(0);
        expect(from[1]).toBeGreaterThanOrEqual(0);
        expect(from[1]).toBeLessThan(1e9);
        expect(hrTimeToMicroseconds(from)).toBe(Math.round(start * 1e6));
        const took = hrTimeBetween(from, to);
        expect(hrTimeToMicroseconds(took)).toBe(Math.max(0, hrTimeToMicroseconds(to) - hrTimeToMicroseconds(from)));
      }),
    );
  });
});
