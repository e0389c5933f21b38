import { execFileSync } from 'node:child_process';
import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
} from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { remoteParent, testTracing } from '../spans/tracing.test-support.ts';
import { createPropagator } from './propagation.ts';

const propagator = createPropagator();

function extract(headers: Record<string, unknown>): SpanContext | undefined {
  return trace.getSpanContext(propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter));
}

function inject(context = ROOT_CONTEXT): Record<string, string> {
  const headers: Record<string, string> = {};
  propagator.inject(context, headers, defaultTextMapSetter);
  return headers;
}

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });

describe('createPropagator', () => {
  it('reads what it writes: trace context, trace state and baggage', () => {
    fc.assert(
      fc.property(hex(32), hex(16), fc.integer({ min: 0, max: 1 }), (traceId, spanId, traceFlags) => {
        fc.pre(/[^0]/.test(traceId) && /[^0]/.test(spanId));
        const baggage = propagation.createBaggage({ tenant: { value: 'acme & co' } });
        const headers = inject(propagation.setBaggage(remoteParent(traceFlags, { traceId, spanId }), baggage));
        expect(headers.traceparent).toBe(`00-${traceId}-${spanId}-0${traceFlags}`);
        const context = propagator.extract(ROOT_CONTEXT, { ...headers, tracestate: 'vendor=1' }, defaultTextMapGetter);
        expect(trace.getSpanContext(context)).toMatchObject({ traceId, spanId, traceFlags, isRemote: true });
        expect(trace.getSpanContext(context)?.traceState?.serialize()).toBe('vendor=1');
        expect(propagation.getBaggage(context)?.getEntry('tenant')?.value).toBe('acme & co');
      }),
    );
    expect(propagator.fields()).toEqual(['traceparent', 'tracestate', 'baggage']);
  });

  it('writes nothing where there is no trace', () => {
    expect(inject()).toEqual({});
  });

  it('carries a trace from one telemetry to the next', () => {
    const [caller, callee] = [testTracing(), testTracing({ sampling: { ratio: 0 } })];
    const call = caller.tracer.startSpan('call');
    const headers = inject(trace.setSpan(ROOT_CONTEXT, call));
    callee.tracer.startSpan('serve', {}, propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)).end();
    const { traceId, spanId } = call.spanContext();
    expect(callee.finished).toMatchObject([{ traceId, parentSpanId: spanId, parentIsRemote: true }]);
  });

  it.each([
    ['an unknown kind of version 0', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more'],
    ['version ff', 'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    ['a trace id of zeros', '00-00000000000000000000000000000000-b7ad6b7169203331-01'],
    ['a span id of zeros', '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01'],
    ['upper case', '00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01'],
    ['a short trace id', '00-0af7651916cd43dd8448eb211c8031-b7ad6b7169203331-01'],
    ['nothing', ''],
  ])('ignores %s in traceparent', (_, traceparent) => {
    expect(extract({ traceparent })).toBeUndefined();
  });

  it('never throws for headers of any kind, and gives a valid span context or none', () => {
    const piece = fc.oneof(hex(2), hex(16), hex(32), fc.string(), fc.constantFrom('00', '01', 'ff', '0'.repeat(32)));
    const header = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('-')),
      fc.array(fc.string(), { maxLength: 3 }),
      fc.anything(),
    );
    fc.assert(
      fc.property(
        fc.record({ traceparent: header, tracestate: header, baggage: header }, { requiredKeys: [] }),
        (headers) => {
          const context = extract(headers);
          expect(context === undefined || trace.isSpanContextValid(context)).toBe(true);
          const { tracer } = testTracing();
          tracer.startSpan('serve', {}, propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)).end();
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('does not load @opentelemetry/core before the first call', () => {
    const script = `
      const { createPropagator } = await import(${JSON.stringify(new URL('./propagation.ts', import.meta.url).href)});
      const { defaultTextMapGetter, ROOT_CONTEXT, trace } = await import('@opentelemetry/api');
      const { registerHooks } = await import('node:module');
      const loaded = [];
      registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
      const propagator = createPropagator();
      const before = loaded.length;
      const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
      const context = trace.getSpanContext(propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter));
      const ofCore = loaded.filter((url) => url.includes('/@opentelemetry/core/'));
      console.log(JSON.stringify([before, ofCore.length > 0, loaded.some((url) => url.includes('/@opentelemetry/api/')), context.traceId]));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: new URL('.', import.meta.url),
      encoding: 'utf8',
    });
    expect(JSON.parse(output)).toEqual([0, true, false, '0af7651916cd43dd8448eb211c80319c']);
  });
});
