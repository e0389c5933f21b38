import type { Telemetry } from '@telltale/core';
import { type BullmqMeter, Meter } from './bullmq-meter.ts';
import { type BullmqSpan, TRANSPARENT_SPAN } from './bullmq-span.ts';
import { ConsumerSpan } from './consumer-span.ts';
import { type Context, JobContext, type Matter, matterOf, SPAN_KEY } from './context.ts';
import { type BullmqContextManager, ContextManager, emptyContext } from './context-manager.ts';
import { CONSUMER, PRODUCER, type Tracer } from './messaging-span.ts';
import type { Notes } from './notes.ts';
import { ProducerSpan } from './producer-span.ts';
import { type BullmqTelemetryOptions, Traces } from './traces.ts';

/** BullMQ's `Tracer`. */
export interface BullmqTracer {
  startSpan(name: string, options?: { readonly kind: number }, context?: Context): BullmqSpan;
}

/** BullMQ's `Telemetry`, of version 5 and 6. */
export interface BullmqTelemetry {
  readonly tracer: BullmqTracer;
  readonly contextManager: BullmqContextManager;
  /** Only where it is asked for: `observeQueue` and `observeWorker` give the numbers. */
  readonly meter?: BullmqMeter;
}

/**
 * For the `telemetry` option of queues, workers and flow producers: jobs carry trace context and baggage, what adds them is a span
 * `send <queue>`, and each attempt a span `process <queue>`, active in the processor. One may serve many queues and workers.
 * Throws a `TelemetryError` for options that are wrong.
 */
export function bullmqTelemetry(telemetry: Telemetry, options?: BullmqTelemetryOptions): BullmqTelemetry {
  return new Tracing(telemetry, options);
}

/** What `bullmqTelemetry` gives, as the observers see it. */
export class Tracing implements BullmqTelemetry, BullmqTracer {
  readonly contextManager: ContextManager;
  readonly meter?: BullmqMeter;
  readonly traces: Traces;
  readonly tracer: BullmqTracer;
  /** How many jobs the call has that BullMQ is about to make a span for. */
  count: number;
  private readonly telemetry: Telemetry;
  readonly spans: Tracer;
  private readonly empty: Context;

  constructor(telemetry: Telemetry, options?: BullmqTelemetryOptions) {
    this.empty = emptyContext(telemetry);
    this.traces = new Traces(telemetry, this.empty, options);
    this.contextManager = new ContextManager(telemetry, this.empty, this.traces);
    this.tracer = this;
    if (options?.metrics === true) this.meter = new Meter(telemetry);
    this.count = 1;
    this.telemetry = telemetry;
    this.spans = telemetry.tracerProvider.getTracer('@telltale/bullmq');
  }

  /** `name` is one of BullMQ's operations and where it goes to: `add emails.welcome`. Never throws. */
  startSpan(name: string, options?: { readonly kind: number }, context?: Context): BullmqSpan {
    const { contextManager } = this;
    switch (options?.kind) {
      case CONSUMER:
        return contextManager.takeAttempt() ?? this.consumer(name, context);
      case PRODUCER:
        return isSend(name) ? this.producer(after(name), context ?? this.telemetry.activeContext()) : TRANSPARENT_SPAN;
      default:
        if (name.startsWith('retry ') || name.startsWith('delay ')) return RETRIED;
        return name.startsWith('fail ') ? FAILED : TRANSPARENT_SPAN;
    }
  }

  /** The span of what sends `count` jobs to `destination`; none where someone else has seen to it. */
  producer(destination: string, parent: Context, count = this.count): BullmqSpan {
    return matterOf(parent)?.silent === true
      ? TRANSPARENT_SPAN
      : new ProducerSpan(this.spans, this.traces, destination, parent, count);
  }

  /** Calls `work` outside of any trace, and without spans for the jobs that BullMQ sends in it. */
  silently<T>(work: () => T): T {
    return this.telemetry.withContext(new JobContext(this.empty, undefined, SILENT), work);
  }

  /** Calls `work`, the jobs of which carry these notes. */
  noting<T>(notes: Notes | undefined, work: () => T): T {
    if (notes === undefined) return work();
    const active = this.telemetry.activeContext();
    const matter: Matter = { hops: 0, ...matterOf(active), notes };
    return this.telemetry.withContext(new JobContext(active, active.getValue(SPAN_KEY), matter), work);
  }

  private consumer(name: string, context: Context | undefined): ConsumerSpan {
    const metadata = (context && matterOf(context)?.source) ?? '';
    return new ConsumerSpan(this.spans, this.traces, after(name), metadata);
  }
}

const SILENT: Matter = Object.freeze({ hops: 0, silent: true });

/** The end of an attempt that failed. What BullMQ then writes to the job as its metadata, it never reads. */
function failing(next: 'retried' | 'failed'): BullmqSpan {
  return {
    ...TRANSPARENT_SPAN,
    setSpanOnContext(context) {
      const matter = matterOf(context);
      matter?.failing?.(next);
      return new JobContext(context, context.getValue(SPAN_KEY), { hops: 0, ...matter, silent: true });
    },
  };
}

const RETRIED = failing('retried');
const FAILED = failing('failed');

function isSend(name: string): boolean {
  return (
    name.startsWith('add ') || name.startsWith('addBulk ') || name.startsWith('addFlow ') || name === 'addBulkFlows'
  );
}

function after(name: string): string {
  const space = name.indexOf(' ');
  return space < 0 ? '' : name.slice(space + 1);
}
