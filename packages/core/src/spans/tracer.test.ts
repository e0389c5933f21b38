import {
  type Context,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  trace,
} from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testTracing } from './tracing.test-support.ts';

describe('SpanTracer', () => {
  it('takes the active span for the parent', () => {
    const { tracer, contexts, finished } = testTracing();
    const parent = tracer.startSpan('parent');
    contexts.with(trace.setSpan(ROOT_CONTEXT, parent), () => tracer.startSpan('child').end());
    expect(finished).toMatchObject([
      { name: 'child', parentSpanId: parent.spanContext().spanId, parentIsRemote: false },
    ]);
  });

  it('takes the span of the given context rather than the active one', () => {
    const { tracer, contexts, finished } = testTracing();
    contexts.with(trace.setSpan(ROOT_CONTEXT, tracer.startSpan('active')), () =>
      tracer.startSpan('root', {}, ROOT_CONTEXT).end(),
    );
    expect(finished[0]).not.toHaveProperty('parentSpanId');
  });

  it('starts a new trace when told to, though not outside a suppressed context', () => {
    const { tracer, finished } = testTracing();
    const parent = tracer.startSpan('parent');
    const context = trace.setSpan(ROOT_CONTEXT, parent);
    tracer.startSpan('root', { root: true }, context).end();
    tracer.startSpan('root', { root: true }, suppressTracing(context)).end();
    expect(finished).toHaveLength(1);
    expect(finished[0]?.traceId).not.toBe(parent.spanContext().traceId);
  });

  it('records nothing where tracing is suppressed, and starts a new trace where it no longer is', () => {
    const { tracer, finished } = testTracing();
    const suppressed = tracer.startSpan('work', {}, suppressTracing(ROOT_CONTEXT));
    expect(suppressed.isRecording()).toBe(false);
    expect(suppressed.spanContext()).toEqual(INVALID_SPAN_CONTEXT);
    tracer.startSpan('work', {}, trace.setSpan(ROOT_CONTEXT, suppressed)).end();
    expect(finished[0]).not.toHaveProperty('parentSpanId');
  });

  it('does the same in its short way for operations', () => {
    const { tracer, finished } = testTracing();
    const parent = tracer.start('parent', SpanKind.SERVER, { a: 1, bad: {} }, ROOT_CONTEXT);
    tracer.start('child', SpanKind.CLIENT, {}, trace.setSpan(ROOT_CONTEXT, parent)).end();
    parent.end();
    expect(finished).toMatchObject([
      { name: 'child', kind: SpanKind.CLIENT, parentSpanId: parent.spanId },
      { name: 'parent', kind: SpanKind.SERVER, attributes: { a: 1 } },
    ]);
    expect(finished[1]?.attributes).toEqual({ a: 1 });
  });

  it('runs a function in a span, with or without options and a context', () => {
    const { tracer, contexts, finished } = testTracing();
    const run = (span: Span): boolean => {
      span.end();
      return trace.getSpan(contexts.active()) === span;
    };
    const parent = trace.setSpan(ROOT_CONTEXT, tracer.startSpan('parent'));
    expect(tracer.startActiveSpan('a', run)).toBe(true);
    expect(tracer.startActiveSpan('b', { kind: SpanKind.CLIENT }, run)).toBe(true);
    expect(tracer.startActiveSpan('c', {}, parent, run)).toBe(true);
    expect(finished.map(({ name, kind }) => [name, kind])).toEqual([
      ['a', 0],
      ['b', 2],
      ['c', 0],
    ]);
    expect(finished[2]?.parentSpanId).toBe(trace.getSpanContext(parent)?.spanId);
    expect(contexts.active()).toBe(ROOT_CONTEXT);
  });

  it('never throws, whatever it and its spans are handed', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withNullPrototype: true,
      withObjectString: true,
      withMap: true,
      withTypedArray: true,
    });
    const garbage = anything as fc.Arbitrary<never>;
    for (const sampling of [{}, { ratio: 0 }, { ratio: 0, keep: { errors: true } }]) {
      const { tracer, finished } = testTracing({ sampling });
      const options = fc.oneof(
        garbage,
        fc.record(
          { kind: garbage, attributes: garbage, links: garbage, startTime: garbage, root: garbage },
          { requiredKeys: [] },
        ),
      );
      fc.assert(
        fc.property(
          fc.array(garbage, { minLength: 9, maxLength: 9 }),
          options,
          ([a, b, c, d, e, f, g, h, i], given) => {
            const span = tracer.startSpan(a!, given as SpanOptions, b);
            span
              .setAttribute(c!, d)
              .setAttributes(e!)
              .addEvent(f!, g, h)
              .addLink(i!)
              .addLinks(a!)
              .setStatus(b!)
              .updateName(c!);
            span.recordException(d!, e);
            span.fail(f, undefined);
            const inside = {
              getValue: () => g,
              setValue: () => ROOT_CONTEXT,
              deleteValue: () => ROOT_CONTEXT,
            } as Context;
            tracer.startSpan('child', {}, inside).end(h);
            span.end(i);
          },
        ),
        { numRuns: 300 },
      );
      for (const span of finished) {
        expect(span.endTime).toBeGreaterThanOrEqual(span.startTime);
        expect([typeof span.name, typeof span.kind]).toEqual(['string', 'number']);
      }
    }
  });
});
