import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { createTraceState, defaultTextMapGetter, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Telemetry } from '../index.ts';
import { tracedTelemetry } from '../telemetry.test-support.ts';
import {
  FURTHER_CASES,
  PARENT_ID,
  PUBLISHED_CASES,
  TRACE_ID,
  type TraceContextCase,
} from './trace-context-cases.test-support.ts';

type Headers = Record<string, unknown>;

const SAMPLED = `00-${TRACE_ID}-${PARENT_ID}-01`;

/** What a boundary call within a request with these headers sends on. */
function sentOn(telemetry: Telemetry, headers: Headers): Record<string, string> {
  const out: Record<string, string> = {};
  telemetry.request({ method: 'GET', headers }, () =>
    telemetry.boundary({ to: 'stock', operation: 'read' }, (call) => call.inject(out)),
  );
  return out;
}

function expectSentOn(out: Record<string, string>, { continued, flags = '01', tracestate }: TraceContextCase): void {
  const [version, traceId, parentId, outFlags] = out.traceparent?.split('-') ?? [];
  expect(out.traceparent).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/);
  expect(parentId).not.toBe(PARENT_ID);
  if (continued) expect([version, traceId, outFlags]).toEqual(['00', TRACE_ID, flags]);
  else expect(traceId).not.toBe(TRACE_ID);
  expect(out.tracestate).toBe(tracestate);
  expect(Object.keys(out)).toHaveLength(tracestate === undefined ? 1 : 2);
}

/** `headers` of node:http: names in lower case, repetitions joined. */
function joined(headers: TraceContextCase['headers']): Headers {
  const all: Record<string, string> = {};
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    all[key] = all[key] === undefined ? value : `${all[key]}, ${value}`;
  }
  return all;
}

/** `headersDistinct` of node:http. */
function distinct(headers: TraceContextCase['headers']): Headers {
  const all: Record<string, string[]> = {};
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    all[key] = [...(all[key] ?? []), value];
  }
  return all;
}

/** A service of nothing but node:http, asked over a socket, and what it sends on. */
async function askOverSocket(headers: TraceContextCase['headers']): Promise<Record<string, string>> {
  const { telemetry } = tracedTelemetry();
  const server = createServer((request, response) => {
    response.end(JSON.stringify(sentOn(telemetry, request.headers)));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
  });
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const lines = [
    'GET / HTTP/1.1',
    'Host: shop',
    'Connection: close',
    ...headers.map(([name, value]) => `${name}:${value}`),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  return JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1));
}

describe.each([
  ['the published cases', PUBLISHED_CASES],
  ['what the specification says besides', FURTHER_CASES],
])('W3C trace context, %s', (_, cases) => {
  it.each(cases)('$title: as headers', (one) => {
    expectSentOn(sentOn(tracedTelemetry().telemetry, joined(one.headers)), one);
  });

  it.each(cases)('$title: as lists of headers', (one) => {
    expectSentOn(sentOn(tracedTelemetry().telemetry, distinct(one.headers)), one);
  });

  it.each(cases)('$title: over a socket', async (one) => {
    expectSentOn(await askOverSocket(one.headers), one);
  });
});

describe('W3C trace context', () => {
  it('gives each of several calls of a request its own parent id, in the one trace that came in', () => {
    const { telemetry } = tracedTelemetry();
    const outs = telemetry.request({ method: 'GET', headers: { traceparent: SAMPLED } }, () => threeCalls(telemetry));
    expect(new Set(outs.map(({ traceparent }) => traceparent?.split('-')[1]))).toEqual(new Set([TRACE_ID]));
    expect(new Set(outs.map(({ traceparent }) => traceparent?.split('-')[2])).size).toBe(3);
  });

  it.each([
    ['none', undefined],
    ['a malformed one', `00-${'0'.repeat(32)}-${PARENT_ID}-01`],
  ])('begins one trace for several calls of a request with %s', (_, traceparent) => {
    const { telemetry } = tracedTelemetry();
    const outs = telemetry.request({ method: 'GET', headers: { traceparent } }, () => threeCalls(telemetry));
    expect(new Set(outs.map((out) => out.traceparent?.split('-')[1])).size).toBe(1);
    expect(new Set(outs.map((out) => out.traceparent?.split('-')[2])).size).toBe(3);
  });

  it('leaves the parent to the span that is active where a request has a malformed header', async () => {
    const { telemetry, finished } = tracedTelemetry();
    telemetry.span('outer', () => telemetry.request({ method: 'GET', headers: { traceparent: 'x' } }, () => {}));
    const [request, outer] = await finished();
    expect(request?.parentSpanId).toBe(outer?.spanId);
  });

  it('passes on flags and trace state of spans that are not sampled, or only kept for what becomes of them', () => {
    for (const sampling of [{ ratio: 1 }, { ratio: 0, keep: { errors: true } }]) {
      const { telemetry } = tracedTelemetry({ sampling });
      const headers = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-02`, tracestate: 'rojo=1' };
      expect(sentOn(telemetry, headers)).toMatchObject({
        traceparent: expect.stringMatching(`^00-${TRACE_ID}-.{16}-02$`),
        tracestate: 'rojo=1',
      });
    }
  });

  it('writes what others put into the context so that it is right', () => {
    const { telemetry } = tracedTelemetry();
    const write = (span: Partial<SpanContext>): Record<string, string> => {
      const out: Record<string, string> = {};
      const all = { traceId: TRACE_ID, spanId: PARENT_ID, traceFlags: 1, ...span };
      telemetry.inject(out, trace.setSpanContext(ROOT_CONTEXT, all));
      return out;
    };
    expect(write({ traceFlags: 0xff })).toEqual({ traceparent: `00-${TRACE_ID}-${PARENT_ID}-03` });
    expect(write({ traceState: createTraceState('') })).toEqual({ traceparent: SAMPLED });
    expect(write({ traceFlags: 0xff, traceState: createTraceState('a=1') })).toEqual({
      traceparent: `00-${TRACE_ID}-${PARENT_ID}-03`,
      tracestate: 'a=1',
    });
    expect(write({ traceId: '0'.repeat(32) })).toEqual({});
    expect(write({ spanId: 'short' })).toEqual({});
  });
});

function threeCalls(telemetry: Telemetry): Record<string, string>[] {
  return [1, 2, 3].map((index) => {
    const out: Record<string, string> = {};
    telemetry.boundary({ to: 'stock', operation: `read ${index}` }, (call) => call.inject(out));
    return out;
  });
}

describe('of any headers, W3C trace context', () => {
  const hex = (length: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
  const id = (length: number) => hex(length).filter((digits) => /[^0]/.test(digits));
  const version = hex(2).filter((digits) => digits !== 'ff');
  const valid = fc.record({ version, traceId: id(32), spanId: id(16), flags: hex(2) });
  const whitespace = fc.string({ unit: fc.constantFrom(' ', '\t'), maxLength: 3 });
  const state = validStates();

  it('continues what is valid, with its flags', () => {
    const { telemetry } = tracedTelemetry();
    fc.assert(
      fc.property(valid, whitespace, whitespace, fc.string(), (parent, before, after, further) => {
        const more = parent.version === '00' || further === '' ? '' : `-${further.replaceAll(/[^ -+\--~]/g, '')}`;
        const given = `${parent.version}-${parent.traceId}-${parent.spanId}-${parent.flags}${more}`;
        const span = spanOf(telemetry, { traceparent: before + given + after });
        const traceFlags = Number.parseInt(parent.flags, 16) & 3;
        expect(span).toMatchObject({ traceId: parent.traceId, spanId: parent.spanId, traceFlags, isRemote: true });
        const out = sentOn(telemetry, { traceparent: given });
        expect(out.traceparent).toMatch(new RegExp(`^00-${parent.traceId}-.{16}-0${traceFlags}$`));
      }),
    );
  });

  it('begins anew at what is not, whatever the change', () => {
    const { telemetry } = tracedTelemetry();
    const change = fc.record({ at: fc.nat(54), to: fc.string({ unit: 'binary', maxLength: 2 }) });
    fc.assert(
      fc.property(valid, change, (parent, { at, to }) => {
        const good = `00-${parent.traceId}-${parent.spanId}-${parent.flags}`;
        const given = good.slice(0, at) + to + good.slice(at + 1);
        fc.pre(!/^[ \t]*(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}[ \t]*$/.test(given));
        expect(spanOf(telemetry, { traceparent: given, tracestate: 'rojo=1' })).toBeUndefined();
        expect(spanOf(telemetry, { traceparent: [good, given], tracestate: 'rojo=1' })).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  it('sends on a valid trace state as it came', () => {
    const { telemetry } = tracedTelemetry();
    fc.assert(
      fc.property(state, (members) => {
        const tracestate = members.join(',');
        expect(sentOn(telemetry, { traceparent: SAMPLED, tracestate }).tracestate).toBe(tracestate);
        expect(sentOn(telemetry, { traceparent: SAMPLED, tracestate: members }).tracestate).toBe(tracestate);
        const bad = [...members.slice(1), 'Bad=1'].join(',');
        expect(sentOn(telemetry, { traceparent: SAMPLED, tracestate: bad }).tracestate).toBeUndefined();
      }),
    );
  });

  it('gives a valid span context or none, and never throws', () => {
    const { telemetry, problems } = tracedTelemetry();
    const piece = fc.oneof(hex(2), hex(16), hex(32), fc.string(), fc.constantFrom('00', '01', 'ff', '0'.repeat(32)));
    const header = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('-')),
      fc.array(fc.string(), { maxLength: 3 }),
      fc.anything(),
    );
    const headers = fc.record({ traceparent: header, tracestate: header, baggage: header }, { requiredKeys: [] });
    fc.assert(
      fc.property(headers, (given) => {
        const span = spanOf(telemetry, given);
        expect(span === undefined || trace.isSpanContextValid(span)).toBe(true);
        const { traceparent } = sentOn(telemetry, given);
        expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]$/);
      }),
      { numRuns: 1000 },
    );
    expect(problems).toEqual([]);
  });

  it('agrees with OpenTelemetry wherever a header has no whitespace and comes once', () => {
    const { telemetry } = tracedTelemetry();
    const oracle = new W3CTraceContextPropagator();
    const mutated = fc
      .tuple(valid, fc.nat(54), fc.string({ unit: fc.constantFrom(...'0fF-g.'), maxLength: 2 }))
      .map(([{ version: v, traceId, spanId, flags }, at, to]) => {
        const good = `${v}-${traceId}-${spanId}-${flags}`;
        return good.slice(0, at) + to + good.slice(at + to.length);
      });
    fc.assert(
      fc.property(mutated, (traceparent) => {
        const theirs = trace.getSpanContext(oracle.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter));
        const { traceId, spanId } = spanOf(telemetry, { traceparent }) ?? {};
        expect([traceId, spanId]).toEqual([theirs?.traceId, theirs?.spanId]);
      }),
      { numRuns: 1000 },
    );
  });
});

function spanOf(telemetry: Telemetry, headers: Headers): SpanContext | undefined {
  return trace.getSpanContext(telemetry.extract(headers));
}

/** Up to 32 members of different keys. */
function validStates() {
  const inKey = 'abcdefghijklmnopqrstuvwxyz0123456789_-*/@';
  const inValue = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).filter(
    (character) => !',='.includes(character),
  );
  const key = fc
    .tuple(
      fc.constantFrom(...inKey.slice(0, 36)),
      fc.string({ unit: fc.constantFrom(...inKey), maxLength: 255, size: 'medium' }),
    )
    .map((parts) => parts.join(''));
  const value = fc
    .tuple(
      fc.string({ unit: fc.constantFrom(...inValue), maxLength: 255, size: 'medium' }),
      fc.constantFrom(...inValue.filter((character) => character !== ' ')),
    )
    .map((parts) => parts.join(''));
  return fc
    .uniqueArray(fc.tuple(key, value), { selector: ([own]) => own, minLength: 1, maxLength: 32, size: 'max' })
    .map((members) => members.map((member) => member.join('=')));
}
