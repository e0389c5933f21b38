import type { BoundaryOperation, Telemetry } from '@telltale/core';
import { ABORTED, isGivenUp, reasonOf } from './given-up.ts';

export type Context = ReturnType<Telemetry['activeContext']>;

const RESEND_COUNT = 'http.request.resend_count';
const SWITCHING_PROTOCOLS = 101;

/** One request on the wire and its answer: turns what a client tells into calls of the boundary operation. */
export class ObservedCall {
  readonly operation: BoundaryOperation;
  /** Where the call was made. */
  readonly context: Context;
  /** How often the same had been asked for before. */
  resends: number;
  /** Bytes of the bodies, as far as the client tells. */
  sent: number;
  received: number;
  /** 0 before the answer. */
  status: number;
  private over: boolean;
  private readonly onEnd: () => void;

  constructor(operation: BoundaryOperation, context: Context, onEnd: () => void) {
    this.operation = operation;
    this.context = context;
    this.resends = 0;
    this.sent = 0;
    this.received = 0;
    this.status = 0;
    this.over = false;
    this.onEnd = onEnd;
  }

  /** Whether attributes of the span would be kept. */
  get isTraced(): boolean {
    return this.operation.span?.isRecording() === true;
  }

  /** The head of an answer is here. `false`: it is not the answer yet, as 100 and 103, or there was one. */
  answered(status: number): boolean {
    if (this.status !== 0 || (status < 200 && status !== SWITCHING_PROTOCOLS)) return false;
    this.status = status;
    this.operation.status(status);
    this.operation.firstByte();
    return true;
  }

  /** Nothing more will come. `error`: because of it. Only the first call counts. */
  end(error?: unknown): void {
    if (this.over) return;
    this.over = true;
    const { operation } = this;
    if (this.sent > 0) operation.bytes('sent', this.sent);
    if (this.received > 0) operation.bytes('received', this.received);
    if (this.resends > 0) operation.span?.setAttribute(RESEND_COUNT, this.resends);
    operation.end(this.failure(error));
    this.onEnd();
  }

  /** A status that says that the call failed says more than how the connection ended after it. */
  private failure(error: unknown): unknown {
    if (error === undefined) return undefined;
    const givenUp = isGivenUp(error);
    if (this.status === 0) return givenUp ? ABORTED : reasonOf(error);
    return givenUp || this.status >= 400 ? undefined : reasonOf(error);
  }
}
