import { AsyncLocalStorage } from 'node:async_hooks';
import type { JobOperation } from '@telltale/core';
import { type Ends, follow } from './follow.ts';

/** `error.type` of a message that has not come through to its handler, where the error itself was not seen. */
const REFUSED = 'refused';
const FUNCTION = 'code.function.name';

const deliveries = new AsyncLocalStorage<Delivery>();

/** The message being handled here, if any. */
export function currentDelivery(): Delivery | undefined {
  return deliveries.getStore();
}

interface DeliveryOptions {
  readonly joined?: boolean;
  readonly silent?: boolean;
}

/**
 * One message on its way from where it came in through guards, pipes and interceptors to its handler and back: one job. Nest's exception
 * filters turn errors into replies, so errors are heard where they are thrown.
 */
export class Delivery implements Ends {
  private readonly job: JobOperation;
  /** Nest joins the results of all handlers of an event; this one's own is then that of its method. */
  private readonly joined: boolean;
  /** Nest answers errors by another message than the reply, which is then nothing. */
  private readonly silent: boolean;
  private reached: boolean;
  /** What has gone wrong: wrapped, since anything can be thrown. */
  private trouble: { readonly error: unknown } | undefined;

  constructor(job: JobOperation, { joined = false, silent = false }: DeliveryOptions) {
    this.job = job;
    this.joined = joined;
    this.silent = silent;
    this.reached = false;
    this.trouble = undefined;
  }

  /** What the transport calls. */
  receive(work: () => unknown): unknown {
    const within = <T>(inner: () => T): T => deliveries.run(this, () => this.job.run(inner));
    return within(() => follow(work, this, within));
  }

  /** What Nest calls in the end: the method. `origin` is its class and name. */
  handle(work: () => unknown, origin: string): unknown {
    // A handler that calls another.
    if (this.reached) return work();
    this.reached = true;
    // What a guard made of another's refusal is its own affair: the message came through.
    this.trouble = undefined;
    this.job.span?.setAttribute(FUNCTION, origin);
    const ended = (): void => {
      if (this.joined) this.completed();
    };
    const failed = (error: unknown): void => {
      this.troubled(error);
      ended();
    };
    return follow(work, { completed: ended, failed, abandoned: ended }, (inner) => inner());
  }

  /** Tells of an error on the way. */
  troubled(error: unknown): void {
    this.trouble = { error: named(error) };
  }

  completed(reply?: unknown): void {
    if (this.trouble !== undefined) this.job.end('failed', this.trouble.error);
    else if (this.silent && !this.reached && reply === undefined) this.job.end('failed', refusal(reply));
    else this.job.end('completed');
  }

  failed(reply: unknown): void {
    if (this.trouble !== undefined) this.job.end('failed', this.trouble.error);
    else this.job.end('failed', this.reached || reply instanceof Error ? reply : refusal(reply));
  }

  abandoned(): void {
    this.job.end('aborted');
  }
}

/** Nest's exceptions for messages are called `Error`. */
function named(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'Error' || !('getError' in error)) return error;
  return { name: error.constructor.name, message: error.message, stack: error.stack };
}

/** What Nest replies to a message that does not come through to its handler, as an error: it has no name of its own. */
function refusal(reply: unknown): unknown {
  const message = typeof reply === 'object' && reply !== null ? (reply as { message?: unknown }).message : reply;
  return { name: REFUSED, message };
}
