import type { Telemetry } from '@telltale/core';
import { type BullmqSpan, TRANSPARENT_SPAN } from './bullmq-span.ts';
import { ConsumerSpan } from './consumer-span.ts';
import type { Context } from './context.ts';
import { type BullmqContextManager, ContextManager } from './context-manager.ts';
import { CONSUMER, PRODUCER, type Tracer } from './messaging-span.ts';
import { ProducerSpan } from './producer-span.ts';

/** BullMQ's `Tracer`. */
export interface BullmqTracer {
  startSpan(name: string, options?: { readonly kind: number }, context?: Context): BullmqSpan;
}

/** BullMQ's `Telemetry`, of version 5 and 6. Without a meter: `observeQueue` and `observeWorker` give the numbers. */
export interface BullmqTelemetry {
  readonly tracer: BullmqTracer;
  readonly contextManager: BullmqContextManager;
}

/**
 * For the `telemetry` option of queues, workers and flow producers: jobs carry trace context and baggage, what adds them is a span
 * `send <queue>`, and each attempt a span `process <queue>`, active in the processor. One may serve many queues and workers.
 */
export function bullmqTelemetry(telemetry: Telemetry): BullmqTelemetry {
  return new Tracing(telemetry);
}

/** What `bullmqTelemetry` gives, as `observeWorker` sees it. */
export class Tracing implements BullmqTelemetry, BullmqTracer {
  readonly contextManager: ContextManager;
  private readonly telemetry: Telemetry;
  private readonly spans: Tracer;

  constructor(telemetry: Telemetry) {
    this.contextManager = new ContextManager(telemetry);
    this.telemetry = telemetry;
    this.spans = telemetry.tracerProvider.getTracer('@telltale/bullmq');
  }

  get tracer(): BullmqTracer {
    return this;
  }

  /** `name` is one of BullMQ's operations and where it goes to: `add emails.welcome`. Never throws. */
  startSpan(name: string, options?: { readonly kind: number }, context?: Context): BullmqSpan {
    const { telemetry, spans, contextManager } = this;
    switch (options?.kind) {
      case CONSUMER:
        return contextManager.takeAttempt() ?? new ConsumerSpan(spans, after(name), context ?? contextManager.root());
      case PRODUCER:
        return isSend(name)
          ? new ProducerSpan(spans, after(name), context ?? telemetry.activeContext())
          : TRANSPARENT_SPAN;
      default:
        if (name.startsWith('retry ') || name.startsWith('delay ')) return this.failing(true);
        return name.startsWith('fail ') ? this.failing(false) : TRANSPARENT_SPAN;
    }
  }

  /** The end of an attempt that failed. */
  private failing(retry: boolean): BullmqSpan {
    const { contextManager } = this;
    return {
      ...TRANSPARENT_SPAN,
      setSpanOnContext: (context) => {
        ConsumerSpan.in(context)?.willRetry(retry);
        return contextManager.keepingMetadata(context);
      },
    };
  }
}

function isSend(name: string): boolean {
  return (
    name.startsWith('add ') || name.startsWith('addBulk ') || name.startsWith('addFlow ') || name === 'addBulkFlows'
  );
}

function after(name: string): string {
  const space = name.indexOf(' ');
  return space < 0 ? '' : name.slice(space + 1);
}
