import type { CancelTimer, Clock } from '../clock.ts';

/** How a call ended. */
export type Settled<T> =
  | { readonly failed: false; readonly result: T }
  | { readonly failed: true; readonly error: unknown };

/** Seconds after the time limit that a call has to obey its signal, before it counts as hanging. */
const OBEY_WITHIN = 1;

export interface TimeLimitOptions {
  readonly clock: Clock;
  readonly seconds: number;
  /** Aborted when the time is over. */
  readonly controller: AbortController;
  /** Called once if the call still runs a second after the limit. */
  readonly overdue: () => void;
}

/** The time that a call may take. */
export class TimeLimit {
  private readonly options: TimeLimitOptions;
  private cancel: CancelTimer = () => {};
  private passed = false;
  private ended = false;

  constructor(options: TimeLimitOptions) {
    this.options = options;
    // Whoever else aborts it does not wait for it any more.
    options.controller.signal.addEventListener('abort', () => this.passed || this.end(), { once: true });
  }

  /** The time begins, or begins anew. Once it is over, it is. */
  begin(): void {
    if (this.passed || this.ended) return;
    const { clock, seconds, controller, overdue } = this.options;
    this.cancel();
    this.cancel = clock.schedule(() => {
      this.passed = true;
      this.cancel = clock.schedule(overdue, OBEY_WITHIN);
      controller.abort(timeLimitError(seconds));
    }, seconds);
  }

  /** Until it begins anew. */
  pause(): void {
    if (!this.passed) this.cancel();
  }

  end(): void {
    this.ended = true;
    this.cancel();
  }

  /** Whatever the call makes of being stopped, the reason is ours. */
  reasonFor(error: unknown): unknown {
    return this.passed && isAbort(error) ? timeLimitError(this.options.seconds) : error;
  }
}

/** Makes a call within a time limit. Resolves when the call settles, however late, and never rejects; a throw counts as a rejection. */
export async function limitedCall<T>(call: () => Promise<T> | T, limit: TimeLimit): Promise<Settled<T>> {
  limit.begin();
  try {
    return { failed: false, result: await call() };
  } catch (error) {
    return { failed: true, error: limit.reasonFor(error) };
  } finally {
    limit.end();
  }
}

function timeLimitError(seconds: number): DOMException {
  return new DOMException(`no answer within ${seconds} s`, 'TimeoutError');
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}
