import { ATTEMPTS_MADE, type BullmqSpan, COMPLETED, FAILED, FAILED_REASON, JOB_ID, JOB_NAME } from './bullmq-span.ts';
import { type Context, JobContext } from './context.ts';
import { ATTEMPT, failSpan, MESSAGE_ID, type Span, startMessagingSpan, type Tracer } from './messaging-span.ts';
import type { Traces } from './traces.ts';

/**
 * `process <queue>` of a worker that is not observed: an attempt at a job, as far as BullMQ tells tracers of it. That leaves out the error,
 * of which only the message is known, and which try of the job it is.
 */
export class ConsumerSpan implements BullmqSpan {
  private readonly span: Span;
  private readonly context: Context;
  private outcome: 'completed' | 'failed' | 'retried' | 'aborted';

  /** `metadata`: what the job carries. */
  constructor(tracer: Tracer, traces: Traces, queue: string, metadata: string) {
    const { parent, links, notes } = traces.lineageOf({ opts: { telemetry: { metadata } } }, 1);
    this.span = startMessagingSpan(tracer, 'process', queue, undefined, parent, links);
    this.context = new JobContext(parent, this.span, {
      hops: links === undefined ? (notes?.hops ?? 0) + 1 : 0,
      failing: (next) => {
        this.outcome = next;
      },
    });
    this.outcome = 'aborted';
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
