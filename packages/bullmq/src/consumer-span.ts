import { ATTEMPTS_MADE, type BullmqSpan, COMPLETED, FAILED, FAILED_REASON, JOB_ID, JOB_NAME } from './bullmq-span.ts';
import type { Context } from './context.ts';
import {
  ATTEMPT,
  failSpan,
  MESSAGE_ID,
  type Span,
  startMessagingSpan,
  type Tracer,
  withSpan,
} from './messaging-span.ts';

const CONSUMER_SPAN = Symbol('Telltale: consumer span');

/**
 * `process <queue>` of a worker that is not observed: an attempt at a job, as far as BullMQ tells tracers of it. That leaves out the error,
 * of which only the message is known.
 */
export class ConsumerSpan implements BullmqSpan {
  private readonly span: Span;
  private readonly context: Context;
  private outcome: 'completed' | 'failed' | 'retried' | 'aborted';

  constructor(tracer: Tracer, queue: string, parent: Context) {
    this.span = startMessagingSpan(tracer, 'process', queue, undefined, parent);
    this.context = withSpan(parent, this.span).setValue(CONSUMER_SPAN, this);
    this.outcome = 'aborted';
  }

  /** The one this context belongs to. */
  static in(context: Context): ConsumerSpan | undefined {
    return context.getValue(CONSUMER_SPAN) as ConsumerSpan | undefined;
  }

  /** The attempt has failed. */
  willRetry(retry: boolean): void {
    this.outcome = retry ? 'retried' : 'failed';
  }

  setSpanOnContext(_context: Context): Context {
    return this.context;
  }

  setAttribute(key: string, value: unknown): void {
    this.setAttributes({ [key]: value });
  }

  setAttributes(attributes: Readonly<Record<string, unknown>>): void {
    const { span } = this;
    const { [JOB_ID]: id, [JOB_NAME]: name, [ATTEMPTS_MADE]: attempt } = attributes;
    if (typeof id === 'string') span.setAttribute(MESSAGE_ID, id);
    if (typeof name === 'string') span.setAttribute('job.name', name);
    if (typeof attempt === 'number') span.setAttribute(ATTEMPT, attempt);
  }

  addEvent(name: string, attributes?: Readonly<Record<string, unknown>>): void {
    if (name === COMPLETED) this.outcome = 'completed';
    else if (name === FAILED) failSpan(this.span, attributes?.[FAILED_REASON]);
  }

  recordException(exception: unknown): void {
    this.span.recordException(exception as Error);
  }

  end(): void {
    this.span.setAttribute('job.outcome', this.outcome);
    this.span.end();
  }
}
