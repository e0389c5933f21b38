import type { Clock } from '../clock.ts';
import type { Diagnostics } from '../diagnostics.ts';
import type { ExportFailure, SignalHealth } from './exporter-health.ts';
import type { ExportOutcome, LoopObserver } from './loop-observer.ts';
import type { OutageLog } from './outage-log.ts';
import type { Signal } from './signal.ts';
import type { UsageMeter } from './usage.ts';

/** Refusals are told again every so many. */
const TELL_EVERY = 100;

export interface ExportLogOptions {
  readonly exporter: string;
  readonly signal: Signal;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly observer: LoopObserver | undefined;
  /** Of all signals of the exporter. */
  readonly outages: OutageLog;
  readonly usage: UsageMeter;
}

/** Counts what becomes of one signal of an exporter, for health and self-telemetry, and has told what is news. */
export class ExportLog {
  private readonly options: ExportLogOptions;
  private readonly counts: Record<ExportOutcome, number> = { accepted: 0, rejected: 0, dropped: 0, unknown: 0 };
  private status: SignalHealth['status'] = 'idle';
  private failures = 0;
  private lastSuccess: number | undefined;
  private lastError: ExportFailure | undefined;
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
    if (outcome === 'accepted') this.options.usage.accepted(count);
    this.options.observer?.exported(this.options.signal, outcome, count);
    if (outcome !== 'dropped' || this.dropTold) return;
    this.dropTold = true;
    const { diagnostics, exporter, signal } = this.options;
    const detail = `${exporter} could not take all ${signal}: some were dropped. They are counted in health().`;
    diagnostics.problem('ERR_DROPPED', `${exporter} ${signal}`, () => detail);
  }

  succeeded(): void {
    const { clock, signal, outages } = this.options;
    this.status = 'ok';
    this.failures = 0;
    this.lastSuccess = clock.now();
    outages.succeeded(signal);
  }

  /** A call failed. `consequence` says what becomes of what it carried. */
  failed(reason: string, consequence: string): void {
    const { clock, signal, outages } = this.options;
    this.status = 'failing';
    this.failures++;
    this.lastError = { time: clock.now(), message: reason };
    const message = `Exporting ${signal} failed (${reason}). ${consequence} Further failures are counted in health().`;
    outages.failed(signal, reason, message);
  }

  /** Some of a batch were refused for good. */
  refused(count: number, reason: string): void {
    const { clock, signal, outages } = this.options;
    this.lastError = { time: clock.now(), message: reason };
    if (this.refusals++ % TELL_EVERY !== 0) return;
    outages.tell(
      `${count} of the ${signal} were refused (${reason}) and given up. Further ones are counted in health().`,
    );
  }

  /** All that a call carried was refused for good, for what it is. */
  refusedAll(count: number, reason: string): void {
    this.status = 'failing';
    this.refused(count, reason);
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
}
