import type { Clock } from '../clock.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { TelemetryError } from '../errors.ts';
import type { ExportFailure, SignalHealth } from './exporter-health.ts';
import type { ExportOutcome, LoopObserver } from './loop-observer.ts';
import type { Signal } from './signal.ts';

/** A long outage is told again every so many failed tries, */
const TELL_EVERY = 100;
/** and an outage that comes and goes, at most every so many seconds. */
const TELL_PAUSE = 60;

export interface ExportLogOptions {
  readonly exporter: string;
  readonly signal: Signal;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly observer: LoopObserver | undefined;
}

/**
 * Counts what becomes of one signal of an exporter, and tells `onError` about changes, not tries: the first failure, every hundredth, the
 * recovery; so a dead backend costs no log.
 */
export class ExportLog {
  private readonly options: ExportLogOptions;
  private readonly counts: Record<ExportOutcome, number> = { accepted: 0, rejected: 0, dropped: 0, unknown: 0 };
  private status: SignalHealth['status'] = 'idle';
  private failures = 0;
  private failingSince = 0;
  private lastSuccess: number | undefined;
  private lastError: ExportFailure | undefined;
  private outageTold = false;
  private outageToldAt = Number.NEGATIVE_INFINITY;
  private refusals = 0;
  private dropTold = false;

  constructor(options: ExportLogOptions) {
    this.options = options;
  }

  /** Tries since the last success. */
  get consecutiveFailures(): number {
    return this.failures;
  }

  count(outcome: ExportOutcome, count: number): void {
    if (count <= 0) return;
    this.counts[outcome] += count;
    this.options.observer?.exported(this.options.signal, outcome, count);
    if (outcome !== 'dropped' || this.dropTold) return;
    this.dropTold = true;
    const { diagnostics, exporter, signal } = this.options;
    const detail = `${exporter} could not take all ${signal}: some were dropped. They are counted in health().`;
    diagnostics.problem('ERR_DROPPED', `${exporter} ${signal}`, () => detail);
  }

  succeeded(): void {
    const { clock, signal } = this.options;
    const failures = this.failures;
    this.status = 'ok';
    this.failures = 0;
    this.lastSuccess = clock.now();
    if (!this.outageTold) return;
    this.outageTold = false;
    const seconds = Math.round(clock.monotonic() - this.failingSince);
    this.tell(
      `Exporting ${signal} works again, after ${failures} failed ${failures === 1 ? 'try' : 'tries'} in ${seconds} s.`,
    );
  }

  /** A call failed. `consequence` says what becomes of what it carried. */
  failed(reason: string, consequence: string): void {
    const { clock, signal } = this.options;
    const now = clock.monotonic();
    this.status = 'failing';
    if (this.failures === 0) this.failingSince = now;
    this.failures++;
    this.lastError = { time: clock.now(), message: reason };
    const due = this.outageTold ? this.failures % TELL_EVERY === 0 : now - this.outageToldAt >= TELL_PAUSE;
    if (!due) return;
    this.outageTold = true;
    this.outageToldAt = now;
    this.tell(`Exporting ${signal} failed (${reason}). ${consequence} Further failures are counted in health().`);
  }

  /** The call succeeded, but some of the batch were refused for good. */
  refused(count: number, reason: string): void {
    const { clock, signal } = this.options;
    this.lastError = { time: clock.now(), message: reason };
    if (this.refusals++ % TELL_EVERY !== 0) return;
    this.tell(`${count} of the ${signal} were refused (${reason}) and given up. Further ones are counted in health().`);
  }

  health(queued: number): SignalHealth {
    return {
      status: this.status,
      ...(this.lastSuccess !== undefined && { lastSuccess: this.lastSuccess }),
      ...(this.lastError !== undefined && { lastError: this.lastError }),
      consecutiveFailures: this.failures,
      queued,
      ...this.counts,
    };
  }

  private tell(message: string): void {
    this.options.diagnostics.report(new TelemetryError('ERR_EXPORT', message), this.options.exporter);
  }
}
