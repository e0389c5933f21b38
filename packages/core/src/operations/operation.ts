import type { Context } from '@opentelemetry/api';
import type { Attributes, SeriesAttributes } from '../attributes.ts';
import { messageOf } from '../errors.ts';
import { cleanValue } from '../metrics/attribute-rules.ts';
import { describeException, ERROR_TYPE_OTHER } from '../spans/exception.ts';
import type { OperationSpan } from '../spans/operation-span.ts';
import { RecordingSpan } from '../spans/span.ts';
import type { OperationEvent, OperationKind, OperationMoment, Outcome } from './operation-event.ts';
import type { OperationHome } from './operation-home.ts';

const NO_DETAILS: EventDetails = {};

/** What a moment has to say besides what all have. */
interface EventDetails extends Pick<Partial<OperationEvent>, 'outcome' | 'value' | 'done' | 'total' | 'duration'> {
  readonly error?: unknown;
}

/**
 * One unit of work from its start to its end: gives its metrics, its span and its event. What it does is the same for all four kinds;
 * which metrics and attributes it has, its kind says. No method throws, and after the end none does anything.
 */
export abstract class Operation {
  abstract readonly kind: OperationKind;
  /** The operation's span; `undefined` when spans are off. */
  readonly span: OperationSpan | undefined;
  /** The context in which the operation's span is the active one; `undefined` when spans are off. */
  readonly context: Context | undefined;
  protected readonly home: OperationHome;
  /** Seconds by the monotonic clock. */
  protected readonly started: number;
  protected ended: boolean;

  constructor(home: OperationHome, span: OperationSpan | undefined, parent: Context | undefined) {
    this.home = home;
    this.span = span;
    this.context = span === undefined || parent === undefined ? undefined : this.contextFor(parent, span);
    // Both began at the same reading of the clock, which costs more than most of what is done here.
    this.started = span instanceof RecordingSpan ? span.start.monotonic : home.clock.monotonic();
    this.ended = false;
    home.activity.operations++;
    home.activity.begun++;
  }

  /** Calls `work` with this operation as the active one, so that what it starts becomes part of it. Does not end the operation. */
  run<T>(work: () => T): T {
    return this.context === undefined ? work() : this.home.contexts.with(this.context, work);
  }

  /** Writes the operation's trace context and baggage into outgoing headers. */
  inject(carrier: Record<string, unknown>): void {
    if (this.context !== undefined) this.home.inject(this.context, carrier);
  }

  /** Whether this is the first end; nothing is recorded after it. */
  protected finish(): boolean {
    if (this.ended) return false;
    this.ended = true;
    this.home.activity.operations--;
    return true;
  }

  /** The context in which the operation's span is the active one. Called while the operation is made: nothing of it is there yet. */
  protected contextFor(parent: Context, span: OperationSpan): Context {
    return span.within(parent);
  }

  /** What the operation is called in events. */
  protected abstract title(): string;

  /** The attributes of the operation's duration metric, as far as they are known. */
  protected abstract eventAttributes(): Attributes;

  /** Seconds since the start. */
  protected elapsed(): number {
    return this.home.clock.monotonic() - this.started;
  }

  /** Tells listeners and exporters of the end, and before it listeners of the error, if it failed. Costs nothing when there are none. */
  protected tellEnd(duration: number, outcome: Outcome, failed: boolean, error: unknown): void {
    if (this.home.hooks.silent) return;
    if (failed) this.tell('error', { duration, outcome, error });
    this.tell('end', { duration, outcome, error });
  }

  /** Tells listeners of a moment; costs nothing when there are none. */
  protected tell(type: OperationMoment, more: EventDetails = NO_DETAILS): void {
    const { hooks } = this.home;
    if (hooks.silent || !hooks.has(type)) return;
    const { error, duration = this.elapsed(), ...rest } = more;
    const time = this.home.clock.now();
    const ids = this.span?.spanContext();
    hooks.emit(
      Object.freeze({
        type,
        kind: this.kind,
        name: this.title(),
        time,
        startTime: time - this.elapsed(),
        duration,
        ...rest,
        attributes: Object.freeze({ ...this.home.attributes, ...defined(this.eventAttributes()) }),
        ...(error === undefined ? {} : { error: describeError(error) }),
        ...(ids === undefined ? {} : { traceId: ids.traceId, spanId: ids.spanId }),
        resource: this.home.resource,
      }),
      this,
    );
  }
}

function defined(attributes: Attributes): SeriesAttributes {
  const entries = Object.entries(attributes).flatMap(([key, value]) => {
    const clean = cleanValue(value);
    return clean === undefined ? [] : [[key, clean] as const];
  });
  return Object.fromEntries(entries);
}

/** `error.type` of whatever was thrown: its code, else its name. Unbounded only where a program makes up names; the series budget holds that. */
export function errorType(error: unknown): string {
  return describeException(error).type ?? ERROR_TYPE_OTHER;
}

function describeError(error: unknown): { readonly type: string; readonly message: string } {
  const { type = ERROR_TYPE_OTHER, message = messageOf(error) } = describeException(error);
  return Object.freeze({ type, message });
}
