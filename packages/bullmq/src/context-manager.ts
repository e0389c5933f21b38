import { AsyncLocalStorage } from 'node:async_hooks';
import type { Telemetry } from '@telltale/core';
import type { BullmqSpan } from './bullmq-span.ts';
import type { Context } from './context.ts';

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

/** Marks the contexts whose trace must not replace the one that a job already carries. */
const KEEPS_METADATA = Symbol('Telltale: keeps metadata');

/** Carries trace context and baggage through the process and, as `opts.telemetry.metadata`, with jobs. No method throws. */
export class ContextManager implements BullmqContextManager {
  /** The attempt that a worker is about to ask a span for. */
  attempt: BullmqSpan | undefined;
  private readonly telemetry: Telemetry;
  private readonly empty: Context;

  constructor(telemetry: Telemetry) {
    this.attempt = undefined;
    this.telemetry = telemetry;
    this.empty = outside(() => telemetry.activeContext());
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
    if (context.getValue(KEEPS_METADATA) === true) return '';
    const carrier: Record<string, unknown> = {};
    this.telemetry.inject(carrier, context);
    return stringify(carrier);
  }

  fromMetadata(active: Context, metadata: string): Context {
    // The attempt has read it.
    return this.attempt === undefined ? this.extract(metadata) : active;
  }

  /** What the job carries, and nothing of what happens to be active where the worker was made. */
  extract(metadata: unknown): Context {
    const { telemetry, empty } = this;
    const carrier = parse(metadata);
    if (carrier === undefined) return empty;
    if (telemetry.activeContext() === empty) return telemetry.extract(carrier);
    return telemetry.withContext(empty, () => telemetry.extract(carrier));
  }

  /** A job that is tried again stays in the trace of who put it into the queue. */
  keepingMetadata(context: Context): Context {
    return context.setValue(KEEPS_METADATA, true);
  }
}

// Nearly all metadata is a lone W3C traceparent; the short way takes a fifth of JSON's time.
const BEFORE = '{"traceparent":"';
const AFTER = '"}';
const TRACEPARENT_LENGTH = 55;
const METADATA_LENGTH = BEFORE.length + TRACEPARENT_LENGTH + AFTER.length;

function stringify(carrier: Readonly<Record<string, unknown>>): string {
  let keys = 0;
  for (const _ in carrier) keys++;
  if (keys === 0) return '';
  const { traceparent } = carrier;
  return keys === 1 && typeof traceparent === 'string' && traceparent.length === TRACEPARENT_LENGTH
    ? BEFORE + traceparent + AFTER
    : JSON.stringify(carrier);
}

function parse(metadata: unknown): Record<string, unknown> | undefined {
  if (typeof metadata !== 'string' || metadata === '') return undefined;
  if (metadata.length === METADATA_LENGTH && metadata.startsWith(BEFORE) && metadata.endsWith(AFTER)) {
    return { traceparent: metadata.slice(BEFORE.length, -AFTER.length) };
  }
  try {
    const carrier: unknown = JSON.parse(metadata);
    return typeof carrier === 'object' && carrier !== null ? (carrier as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // someone else's
  }
}
