import type { ContextManager, Span, SpanOptions } from '@opentelemetry/api';
import { settle } from '../settle.ts';
import { ContextWithSpan } from './context-with-span.ts';
import type { SpanTracer } from './tracer.ts';

/**
 * Runs `fn` in a span that is active during it, also in what it awaits, and that ends when it has ended.
 * A throw or rejection marks the span as failed. The result comes back untouched.
 */
export function runInSpan<T>(
  tracer: SpanTracer,
  contexts: ContextManager,
  name: string,
  options: SpanOptions | undefined,
  fn: (span: Span) => T,
): T {
  const parent = contexts.active();
  const span = tracer.startSpan(name, options, parent);
  return settle(
    () => contexts.with(new ContextWithSpan(parent, span), fn, undefined, span),
    (failed, error) => {
      if (failed) span.fail(error);
      if (span.isRecording()) span.end(); // `fn` may have ended it, as OpenTelemetry's startActiveSpan wants
    },
  );
}

/** A function like `fn` (same `this`, arguments, result, `name` and `length`) each call of which is a span. */
export function traced<This, Args extends unknown[], Result>(
  tracer: SpanTracer,
  contexts: ContextManager,
  name: string,
  fn: (this: This, ...args: Args) => Result,
): (this: This, ...args: Args) => Result {
  function wrapper(this: This, ...args: Args): Result {
    return runInSpan(tracer, contexts, name, undefined, () => fn.apply(this, args));
  }
  Object.defineProperty(wrapper, 'name', { value: fn.name, configurable: true });
  Object.defineProperty(wrapper, 'length', { value: fn.length, configurable: true });
  return wrapper;
}
