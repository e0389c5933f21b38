import { type Context, type ContextManager, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { Diagnostics } from '../diagnostics.ts';
import type { TelemetryError } from '../errors.ts';
import { ManualClock } from '../manual-clock.test-support.ts';
import type { InstrumentationScope, Resource } from '../resource.ts';
import type { FinishedSpan } from './finished-span.ts';
import { type SpanTracer, Tracing, type TracingOptions } from './tracer.ts';

export interface TestTracing {
  readonly clock: ManualClock;
  readonly contexts: ContextManager;
  readonly diagnostics: Diagnostics;
  /** What was told to `onError`. */
  readonly problems: TelemetryError[];
  readonly finished: FinishedSpan[];
  readonly tracing: Tracing;
  readonly tracer: SpanTracer;
}

export const SCOPE: InstrumentationScope = { name: 'test' };
export const RESOURCE: Resource = { attributes: { 'service.name': 'shop' } };

export function testTracing(options: Partial<TracingOptions> = {}): TestTracing {
  const clock = new ManualClock();
  const contexts = new AsyncLocalStorageContextManager().enable();
  const problems: TelemetryError[] = [];
  const diagnostics = new Diagnostics((error) => problems.push(error));
  const finished: FinishedSpan[] = [];
  const tracing = new Tracing({ clock, contexts, diagnostics, onEnd: (span) => finished.push(span), ...options });
  return { clock, contexts, diagnostics, problems, finished, tracing, tracer: tracing.tracer(SCOPE, RESOURCE) };
}

/** The context of a request that came from another service. */
export function remoteParent(traceFlags: number, overrides: Partial<SpanContext> = {}): Context {
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags,
    isRemote: true,
    ...overrides,
  });
}
