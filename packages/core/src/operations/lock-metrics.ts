import type { Attributes } from '../attributes.ts';
import type { BoundCounter } from '../metrics/counter.ts';
import type { BoundHistogram } from '../metrics/histogram.ts';
import type { LockMode } from './lock-options.ts';
import type { Meter } from './operation-home.ts';

const NAME = 'lock.name';
const MODE = 'lock.mode';

/** From what an idle mutex takes to the time after which a deadlock is suspected, in seconds. */
const DURATION_BUCKETS = [1e-5, 1e-4, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300];

/** A lock, as far as it is asked when metrics are read. */
interface ReportedLock {
  series(): readonly LockSeries[];
}

/** The instruments of all locks of a service. Locks announce themselves, and are asked when metrics are read. */
export class LockMetrics {
  readonly wait;
  readonly hold;
  readonly contended;
  readonly suspected;
  readonly locks = new Set<ReportedLock>();

  constructor(meter: Meter) {
    const seconds = (description: string) => ({ unit: 's', description, buckets: DURATION_BUCKETS });
    this.wait = meter.histogram(
      'lock.wait.duration',
      seconds('Time from asking for a lock to getting it, or giving up.'),
    );
    this.hold = meter.histogram('lock.hold.duration', seconds('Time for which a lock was held.'));
    this.contended = meter.counter('lock.contended', {
      unit: '{acquisition}',
      description: 'Acquisitions that found the lock taken by others of this process.',
    });
    this.suspected = meter.counter('lock.suspected_deadlocks', {
      unit: '{deadlock}',
      description: 'How often a lock was held or waited for so long that it may never end.',
    });
    const sum = (name: string, description: string, read: (series: LockSeries) => number): void => {
      meter.observableUpDownCounter(name, { unit: '{acquisition}', description }, ({ observe }) => {
        for (const lock of this.locks) {
          for (const series of lock.series()) observe(read(series), series.attributes);
        }
      });
    };
    sum('lock.waiting', 'Acquisitions that wait for a lock.', ({ waiting }) => waiting);
    sum('lock.held', 'Acquisitions that hold a lock.', ({ held }) => held);
  }
}

/** What acquisitions of a lock in one mode record, held. */
export class LockSeries {
  readonly attributes: Attributes;
  readonly isShared: boolean;
  waiting = 0;
  held = 0;
  private readonly metrics: LockMetrics;
  private boundWait: BoundHistogram | undefined = undefined;
  private boundHold: BoundHistogram | undefined = undefined;
  private boundContended: BoundCounter | undefined = undefined;

  constructor(metrics: LockMetrics, name: string, mode: LockMode | undefined) {
    this.metrics = metrics;
    this.attributes = Object.freeze(mode === undefined ? { [NAME]: name } : { [NAME]: name, [MODE]: mode });
    this.isShared = mode === 'shared';
  }

  // Made when first needed: a series that is there without a value would show.

  get wait(): BoundHistogram {
    this.boundWait ??= this.metrics.wait.bind(this.attributes);
    return this.boundWait;
  }

  get hold(): BoundHistogram {
    this.boundHold ??= this.metrics.hold.bind(this.attributes);
    return this.boundHold;
  }

  get contended(): BoundCounter {
    this.boundContended ??= this.metrics.contended.bind(this.attributes);
    return this.boundContended;
  }
}
