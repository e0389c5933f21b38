import { BULK_COUNT, type BullmqSpan, JOB_ID, QUEUE_NAME } from './bullmq-span.ts';
import type { Context } from './context.ts';
import {
  failSpan,
  MESSAGE_COUNT,
  MESSAGE_ID,
  type Span,
  startMessagingSpan,
  type Tracer,
  withSpan,
} from './messaging-span.ts';

/** `send <queue>`: one or more jobs are put into a queue. Starts with the first thing BullMQ says, which is the queue's name. */
export class ProducerSpan implements BullmqSpan {
  private readonly tracer: Tracer;
  /** The queue, and with a single job a dot and the job's name. */
  private readonly destination: string;
  private readonly parent: Context;
  private span: Span | undefined;

  constructor(tracer: Tracer, destination: string, parent: Context) {
    this.tracer = tracer;
    this.destination = destination;
    this.parent = parent;
    this.span = undefined;
  }

  setSpanOnContext(_context: Context): Context {
    return withSpan(this.parent, this.start(this.destination));
  }

  setAttribute(key: string, value: unknown): void {
    this.setAttributes({ [key]: value });
  }

  setAttributes(attributes: Readonly<Record<string, unknown>>): void {
    const queue = attributes[QUEUE_NAME];
    const span = this.start(typeof queue === 'string' ? queue : this.destination);
    const id = attributes[JOB_ID];
    if (typeof id === 'string') span.setAttribute(MESSAGE_ID, id);
    const count = attributes[BULK_COUNT];
    if (typeof count === 'number') span.setAttribute(MESSAGE_COUNT, count);
  }

  addEvent(): void {}

  recordException(exception: unknown): void {
    failSpan(this.start(this.destination), exception);
  }

  end(): void {
    this.span?.end();
  }

  private start(queue: string): Span {
    if (this.span === undefined) {
      const { tracer, destination, parent } = this;
      const jobName = destination.startsWith(`${queue}.`) ? destination.slice(queue.length + 1) : undefined;
      this.span = startMessagingSpan(tracer, 'send', queue, jobName, parent);
    }
    return this.span;
  }
}
