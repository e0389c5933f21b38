import { backOff } from './back-off.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import { ExportCall, type ExportCallOptions } from './export-call.ts';
import type { Batch } from './feed.ts';
import type { Verdict } from './verdict.ts';

export interface SenderOptions extends ExportCallOptions {
  /** Seconds between exports. */
  readonly interval: number;
  readonly random: () => number;
  /** Of all signals of the exporter. */
  readonly circuit: CircuitBreaker | undefined;
}

/** What must come before the next call. */
export interface Pause {
  readonly seconds: number;
  /** Something failed and is to be tried again. */
  readonly retry: boolean;
  /** The backend asked for it, so that it holds whatever the other signals meet. */
  readonly asked: boolean;
}

/** Hands batches to the exporter, one after the other, and says to counts, circuit breaker and batch what became of each. */
export class Sender {
  private readonly options: SenderOptions;
  private call: ExportCall | undefined;
  private closed = false;

  constructor(options: SenderOptions) {
    this.options = options;
  }

  /** A call still runs, long after its time limit. */
  get hangs(): boolean {
    return this.call?.overdue ?? false;
  }

  /** Resolves when the call has settled, with the pause before the next one. */
  async send(batch: Batch): Promise<Pause | undefined> {
    const { signal, timeout, log, circuit } = this.options;
    const call = new ExportCall(batch, this.options, () => {
      log.failed(`the call still runs after its time limit of ${timeout} s`, `No ${signal} are sent until it ends.`);
      circuit?.failed(signal, undefined);
    });
    this.call = call;
    const verdict = await call.make();
    if (this.closed) return undefined;
    this.call = undefined;
    // An overdue call was told, and counted as a failure, when its time was over.
    if (!verdict.down) circuit?.succeeded();
    else if (!call.overdue) circuit?.failed(signal, verdict.retryAfter);

    log.count('accepted', verdict.accepted);
    if (verdict.divisible) {
      const division = batch.divide();
      if (division === 'divided') return undefined;
      if (division === 'spent') return this.refuse(batch, verdict);
    }
    return this.conclude(call, verdict);
  }

  /** The pause after a failure, or that the backend asked for. */
  pause(retry: boolean, retryAfter: number | undefined): Pause {
    const { log, interval, random } = this.options;
    const seconds = backOff(Math.max(1, log.consecutiveFailures), interval, retryAfter, random());
    return { retry, seconds, asked: retryAfter !== undefined };
  }

  /** Tells a call under way to stop. */
  stop(reason: unknown): void {
    this.call?.abort(reason);
  }

  /** The end: nothing counts any more. Gives how many items a call is under way with: whether they arrive is not known. */
  close(): number {
    this.closed = true;
    const { call } = this;
    if (call === undefined) return 0;
    this.call = undefined;
    const { signal, log } = this.options;
    const unknown = call.abandon();
    if (!call.overdue) log.failed('no answer before the end', `Whether ${unknown} ${signal} arrived is not known.`);
    return unknown;
  }

  private refuse(batch: Batch, { failure = '', retryAfter }: Verdict): Pause | undefined {
    const { log } = this.options;
    log.count('rejected', batch.count);
    log.refusedAll(batch.count, failure);
    batch.settle();
    return retryAfter === undefined ? undefined : this.pause(false, retryAfter);
  }

  private conclude(call: ExportCall, verdict: Verdict): Pause | undefined {
    const { log } = this.options;
    const { rejected, unknown, retry, retryAfter, failure, refusal } = verdict;
    log.count('rejected', rejected);
    log.count('unknown', unknown);
    let gaveUp = 0;
    if (retry) {
      if (verdict.onlyAgain) call.acceptRest();
      gaveUp = call.batch.failed();
    } else call.batch.settle();
    log.count('dropped', gaveUp);
    if (failure === undefined) {
      log.succeeded();
      if (refusal !== undefined) log.refused(rejected, refusal);
    } else if (!call.overdue) log.failed(failure, consequence(retry, gaveUp, rejected));
    return retry || retryAfter !== undefined ? this.pause(retry, retryAfter) : undefined;
  }
}

function consequence(retry: boolean, gaveUp: number, rejected: number): string {
  if (gaveUp > 0) return `${gaveUp} were given up.`;
  if (rejected > 0) return `${rejected} were given up, because trying again cannot help.`;
  return retry ? 'It is tried again, with growing pauses.' : 'It is not tried again.';
}
