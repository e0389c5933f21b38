import type { Clock } from '../clock.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { TelemetryError } from '../errors.ts';
import type { Signal } from './signal.ts';

/** A long outage is told again every so many failed tries, */
const TELL_EVERY = 100;
/** and an outage that comes and goes, at most every so many seconds. */
const TELL_PAUSE = 60;

type Part = Signal | 'start';

/** Parts of an exporter that fail for one reason. */
interface Outage {
  readonly reason: string;
  readonly parts: Set<Part>;
  readonly since: number;
  failures: number;
  told: boolean;
}

/**
 * Tells `onError` about changes, not tries: the first failure, every hundredth, the recovery; so a dead backend costs no log. One for all of
 * an exporter: what fails for the same reason, its start and its signals, is one outage and told once.
 */
export class OutageLog {
  private readonly exporter: string;
  private readonly clock: Clock;
  private readonly diagnostics: Diagnostics;
  private readonly outages = new Map<Part, Outage>();
  private readonly toldAt = new Map<Part, number>();

  constructor(exporter: string, clock: Clock, diagnostics: Diagnostics) {
    this.exporter = exporter;
    this.clock = clock;
    this.diagnostics = diagnostics;
  }

  failed(part: Part, reason: string, message: string): void {
    const now = this.clock.monotonic();
    const outage = this.outages.get(part) ?? this.outageOf(part, sameReason(reason), now);
    outage.failures++;
    const due = outage.told
      ? outage.failures % TELL_EVERY === 0
      : now - (this.toldAt.get(part) ?? Number.NEGATIVE_INFINITY) >= TELL_PAUSE;
    if (!due) return;
    outage.told = true;
    this.toldAt.set(part, now);
    this.tell(message);
  }

  /** Also what failed to start has mended itself. */
  succeeded(signal: Signal): void {
    const over = [this.outages.get(signal), this.outages.get('start')].filter((outage) => outage !== undefined);
    if (over.length === 0) return;
    const now = this.clock.monotonic();
    for (const part of over.flatMap(({ parts }) => [...parts])) {
      this.outages.delete(part);
      // The others are about to find out as well; what had begun before is no news.
      if (part !== signal) this.toldAt.set(part, now);
    }
    const told = [...new Set(over)].filter((outage) => outage.told);
    if (told.length === 0) return;
    const failures = told.reduce((sum, outage) => sum + outage.failures, 0);
    const seconds = Math.round(now - Math.min(...told.map(({ since }) => since)));
    this.tell(
      `Exporting ${signal} works again, after ${failures} failed ${failures === 1 ? 'try' : 'tries'} in ${seconds} s.`,
    );
  }

  tell(message: string): void {
    this.diagnostics.report(new TelemetryError('ERR_EXPORT', message), this.exporter);
  }

  private outageOf(part: Part, reason: string, now: number): Outage {
    const known = [...this.outages.values()].find((one) => one.reason === reason);
    const outage = known ?? { reason, parts: new Set(), since: now, failures: 0, told: false };
    outage.parts.add(part);
    this.outages.set(part, outage);
    return outage;
  }
}

/** What two signals say of one cause differs in paths (each has its own) and counts; a status is no count. */
function sameReason(reason: string): string {
  return reason.replaceAll(/(\w+:\/\/[^/\s]+)[^\s),;]*/g, '$1').replaceAll(/\b(?!\d{3}\b)\d+\b/g, '#');
}
