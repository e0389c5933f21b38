import { AsyncLocalStorage } from 'node:async_hooks';
import type { Telemetry } from '@telltale/core';
import type { BullmqSpan } from './bullmq-span.ts';
import { type Context, JobContext, matterOf, SPAN_KEY } from './context.ts';
import type { Traces } from './traces.ts';

/** BullMQ's `ContextManager`. */
export interface BullmqContextManager {
  with<T>(context: Context, work: (...args: never[]) => T): T;
  active(): Context;
  root(): Context;
  getMetadata(context: Context): string;
  fromMetadata(active: Context, metadata: string): Context;
}

/** Runs functions in what was active when this module was loaded: nothing. */
const outside = AsyncLocalStorage.snapshot();

/** The context in which nothing is active. */
export function emptyContext(telemetry: Telemetry): Context {
  return outside(() => telemetry.activeContext());
}

/** Carries trace context and baggage through the process and, as `opts.telemetry.metadata`, with jobs. No method throws. */
export class ContextManager implements BullmqContextManager {
  /** The attempt that a worker is about to ask a span for. */
  attempt: BullmqSpan | undefined;
  private readonly telemetry: Telemetry;
  private readonly empty: Context;
  private readonly traces: Traces;

  constructor(telemetry: Telemetry, empty: Context, traces: Traces) {
    this.attempt = undefined;
    this.telemetry = telemetry;
    this.empty = empty;
    this.traces = traces;
  }

  takeAttempt(): BullmqSpan | undefined {
    const { attempt } = this;
    this.attempt = undefined;
    return attempt;
  }

  with<T>(context: Context, work: (...args: never[]) => T): T {
    const { telemetry } = this;
    return context === telemetry.activeContext()
      ? (work as () => T)()
      : telemetry.withContext(context, work as () => T);
  }

  active(): Context {
    return this.telemetry.activeContext();
  }

  root(): Context {
    return this.empty;
  }

  /** Empty where there is nothing to carry: BullMQ then writes nothing. */
  getMetadata(context: Context): string {
    const matter = matterOf(context);
    if (matter?.silent === true) return '';
    return this.traces.metadata.write(context, matter?.notes);
  }

  fromMetadata(active: Context, metadata: string): Context {
    // The attempt has read it.
    if (this.attempt !== undefined) return active;
    const { context } = this.traces.metadata.read(metadata);
    return new JobContext(context, context.getValue(SPAN_KEY), { hops: 0, source: metadata });
  }
}
