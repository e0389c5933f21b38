import type { ContextManager, Span, SpanOptions } from '@opentelemetry/api';
import { settle } from '../settle.ts';
import type { SpanStarter } from './operation-span.ts';

/**
 * Runs `fn` in a span that is active during it, also in what it awaits, and that ends when it has ended.
 * A throw or rejection marks the span as failed. The result comes back untouched.
 */
export function runInSpan<T>(
  tracer: SpanStarter,
  contexts: ContextManager,
  name: string,
  options: SpanOptions | undefined,
  fn: (span: Span) => T,
): T {
  const parent = contexts.active();
  const span = tracer.startSpan(name, options, parent);
  return settle(
    () => contexts.with(span.within(parent), fn, undefined, span.inContext),
    (failed, error) => {
      if (failed) span.fail(error);
      if (span.isRecording()) span.end(); // `fn` may have ended it, as OpenTelemetry's startActiveSpan wants
    },
  );
}

/** A function like `fn` (same `this`, arguments, result, `name` and `length`) each call of which is a span where there is a tracer. */
export function traced<This, Args extends unknown[], Result>(
  source: { readonly tracer: SpanStarter | undefined },
  contexts: ContextManager,
  name: string,
  fn: (this: This, ...args: Args) => Result,
): (this: This, ...args: Args) => Result {
  function wrapper(this: This, ...args: Args): Result {
    const { tracer } = source;
    return tracer === undefined
      ? fn.apply(this, args)
      : runInSpan(tracer, contexts, name, undefined, () => fn.apply(this, args));
  }
  Object.defineProperty(wrapper, 'name', { value: fn.name, configurable: true });
  Object.defineProperty(wrapper, 'length', { value: fn.length, configurable: true });
  return wrapper;
}
