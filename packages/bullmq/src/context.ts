import type { Telemetry } from '@telltale/core';
import type { Notes } from './notes.ts';

/** OpenTelemetry's `Context`. */
export type Context = ReturnType<Telemetry['activeContext']>;

/** Where OpenTelemetry keeps the active span in a context: its keys are symbols of their description, so its package is not needed. */
export const SPAN_KEY = Symbol.for('OpenTelemetry Context Key SPAN');

/** Where the adapter keeps what it has to know of what is going on. */
const MATTER = Symbol('Telltale: BullMQ');

/** What goes on in a context, as far as jobs are concerned. */
export interface Matter {
  /** How many queues this trace has gone through one after another. */
  readonly hops: number;
  /** What the jobs that are sent here carry besides the trace. */
  readonly notes?: Notes | undefined;
  /** The metadata that this context was read from. */
  readonly source?: string;
  /** Whoever called for what BullMQ does here has seen to spans and to what jobs carry. */
  readonly silent?: boolean;
  /** Told when the attempt that is made here has failed. */
  readonly failing?: (next: 'retried' | 'failed') => void;
}

/**
 * A context with a span and a matter of its own. OpenTelemetry's copies all that is in a context for each value that is set; jobs set two, and
 * that would take longer than all the rest.
 */
export class JobContext implements Context {
  /** Never one of these: what they have of their own, this one has too, and each look further down would take its time. */
  private readonly base: Context;
  private readonly span: unknown;
  private readonly matter: Matter | undefined;

  constructor(base: Context, span: unknown, matter: Matter | undefined) {
    this.base = base instanceof JobContext ? base.base : base;
    this.span = span;
    this.matter = matter;
  }

  getValue(key: symbol): unknown {
    if (key === SPAN_KEY) return this.span;
    return key === MATTER ? this.matter : this.base.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    const { base, span, matter } = this;
    if (key === SPAN_KEY) return new JobContext(base, value, matter);
    return key === MATTER
      ? new JobContext(base, span, value as Matter)
      : new JobContext(base.setValue(key, value), span, matter);
  }

  deleteValue(key: symbol): Context {
    const { base, span, matter } = this;
    if (key === SPAN_KEY) return new JobContext(base, undefined, matter);
    return key === MATTER ? new JobContext(base, span, undefined) : new JobContext(base.deleteValue(key), span, matter);
  }
}

/** Of what is new: no queue before it, nothing to carry. */
export const NEW_MATTER: Matter = Object.freeze({ hops: 0 });

export function matterOf(context: Context): Matter | undefined {
  return context.getValue(MATTER) as Matter | undefined;
}
