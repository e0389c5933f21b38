import { createContextKey, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { ContextWithSpan } from './context-with-span.ts';

const KEY = createContextKey('test');

function span(spanId: string) {
  return trace.wrapSpanContext({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId, traceFlags: 1 });
}

const [first, second] = [span('00f067aa0ba902b7'), span('b7ad6b7169203331')];

describe('a context with a span', () => {
  it('is to OpenTelemetry what trace.setSpan gives', () => {
    const baggage = propagation.createBaggage({ tenant: { value: 'acme' } });
    const parent = propagation.setBaggage(ROOT_CONTEXT, baggage).setValue(KEY, 1);
    const context = new ContextWithSpan(parent, first);
    expect(trace.getSpan(context)).toBe(first);
    expect(propagation.getBaggage(context)).toBe(baggage);
    expect(context.getValue(KEY)).toBe(1);
    expect(trace.getSpan(parent)).toBeUndefined();
  });

  it('keeps its span in contexts made from it, unless they change it, and stays as it is', () => {
    const context = new ContextWithSpan(ROOT_CONTEXT, first);
    const changed = context.setValue(KEY, 2);
    expect([trace.getSpan(changed), changed.getValue(KEY)]).toEqual([first, 2]);
    expect(trace.getSpan(changed.deleteValue(KEY))).toBe(first);
    expect(changed.deleteValue(KEY).getValue(KEY)).toBeUndefined();
    expect(trace.getSpan(trace.setSpan(changed, second))).toBe(second);
    expect(trace.setSpan(changed, second).getValue(KEY)).toBe(2);
    expect(trace.getSpan(trace.deleteSpan(changed))).toBeUndefined();
    expect([trace.getSpan(context), context.getValue(KEY)]).toEqual([first, undefined]);
  });

  it('does not grow in a chain of spans, each within the one before', () => {
    let context = new ContextWithSpan(ROOT_CONTEXT.setValue(KEY, 3), first);
    for (let i = 0; i < 100_000; i++) context = new ContextWithSpan(context, second);
    // Were each the parent of the next, this would be too deep for the stack.
    expect(context.getValue(KEY)).toBe(3);
    expect(trace.getSpan(context)).toBe(second);
  });
});
