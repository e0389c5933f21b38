import { BULK_COUNT, type BullmqSpan, JOB_ID, QUEUE_NAME } from './bullmq-span.ts';
import { type Context, JobContext, matterOf, NEW_MATTER } from './context.ts';
import { failSpan, MESSAGE_COUNT, MESSAGE_ID, type Span, startMessagingSpan, type Tracer } from './messaging-span.ts';
import type { Traces } from './traces.ts';

const DOT = '.'.charCodeAt(0);

/** `send <queue>`: one or more jobs are put into a queue. Starts with the first thing BullMQ says, which is the queue's name. */
export class ProducerSpan implements BullmqSpan {
  private readonly tracer: Tracer;
  private readonly traces: Traces;
  /** The queue, and with a single job a dot and the job's name. */
  private readonly destination: string;
  private readonly parent: Context;
  /** How many jobs, as far as is known. */
  private readonly count: number;
  private span: Span | undefined;

  constructor(tracer: Tracer, traces: Traces, destination: string, parent: Context, count: number) {
    this.tracer = tracer;
    this.traces = traces;
    this.destination = destination;
    this.parent = parent;
    this.count = count;
    this.span = undefined;
  }

  /** The context from which the jobs take what they carry. */
  setSpanOnContext(_context: Context): Context {
    const { parent, traces, count } = this;
    const given = matterOf(parent);
    const notes = given?.notes ?? traces.notesFor(parent, count);
    const isNew = given === undefined && notes === undefined;
    return new JobContext(parent, this.start(this.destination), isNew ? NEW_MATTER : { hops: given?.hops ?? 0, notes });
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
      const { length } = queue;
      const hasName = destination.charCodeAt(length) === DOT && destination.startsWith(queue);
      const jobName = hasName ? destination.slice(length + 1) : undefined;
      this.span = startMessagingSpan(tracer, 'send', queue, jobName, parent);
    }
    return this.span;
  }
}
