import { type Context, createContextKey, type Span } from '@opentelemetry/api';

/** The key of the active span in OpenTelemetry's contexts; a key is the symbol of its description. */
const SPAN = createContextKey('OpenTelemetry Context Key SPAN');

const JOB = Symbol('Telltale job');
const CONTEXT = Symbol('Telltale context of a job');

/** The context of a job: its span is the active one, and the job can be found from anywhere in it. */
export class JobContext implements Context {
  /** Never one of these, so that a chain of jobs that start each other does not keep them all. */
  private readonly rest: Context;
  private readonly span: Span | undefined;
  private readonly job: object;

  /** Without `span`, the active one stays the active one. */
  constructor(parent: Context, span: Span | undefined, job: object) {
    const enclosing = parent.getValue(CONTEXT);
    this.rest = enclosing instanceof JobContext ? enclosing.rest : parent;
    this.span = span ?? (parent.getValue(SPAN) as Span | undefined);
    this.job = job;
  }

  getValue(key: symbol): unknown {
    if (key === SPAN && this.span !== undefined) return this.span;
    if (key === JOB) return this.job;
    return key === CONTEXT ? this : this.rest.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return key === SPAN
      ? new JobContext(this.rest, value as Span, this.job)
      : new JobContext(this.rest.setValue(key, value), this.span, this.job);
  }

  deleteValue(key: symbol): Context {
    return new JobContext(this.rest.deleteValue(key), key === SPAN ? undefined : this.span, this.job);
  }
}

/** The innermost job in whose context this is. */
export function jobIn(context: Context): unknown {
  return context.getValue(JOB);
}
