import type { Attributes } from '../attributes.ts';
import type { Clock } from '../clock.ts';
import { NOOP_INSTRUMENT } from '../metrics/noop.ts';
import type { Meter } from './operation-home.ts';
import { Sparing } from './sparing.ts';

const QUEUE = 'job.queue';
const NAME = 'job.name';
const STATE = 'job.state';

/** A queue at one moment. What is left out is not known, and then not reported. */
export interface QueueSample {
  /** How many jobs are in each state: `waiting`, `delayed`. */
  readonly depth?: Readonly<Record<string, number>>;
  /** Seconds for which the job that has been ready for longest waits; 0 when none is. */
  readonly oldestAge?: number;
  /** Delayed jobs whose time has come, and that are still not ready. */
  readonly overdue?: number;
  readonly workers?: number;
  readonly paused?: boolean;
}

/** The instruments of all queues of a service, but for those that jobs record. */
export class QueueMetrics {
  readonly enqueued;
  readonly stalled;
  readonly lockRenewalFailures;
  readonly rateLimited;
  /** Whether anything of a sample is wanted. */
  readonly wantsSamples: boolean;
  /** By queue's name: several observers of one queue in a process are one series. */
  readonly samples = new Map<string, QueueSample>();
  readonly samplers = new Map<string, QueueObserver>();
  readonly sparing: Sparing;

  constructor(meter: Meter, clock: Clock) {
    this.sparing = new Sparing(clock);
    this.enqueued = meter.counter('job.enqueued', { unit: '{job}', description: 'Jobs put into a queue.' });
    this.stalled = meter.counter('job.stalled', { unit: '{job}', description: 'Jobs whose worker fell silent.' });
    this.lockRenewalFailures = meter.counter('job.lock_renewal_failures', {
      unit: '{failure}',
      description: 'Locks of running jobs that could not be renewed: another worker may take the job up.',
    });
    this.rateLimited = meter.counter('queue.rate_limited.time', {
      unit: 's',
      description: 'Time for which a rate limit kept jobs from being taken up.',
    });
    // Read from what was sampled: reading metrics must not ask the queue.
    const gauges = [
      meter.observableGauge('queue.depth', { unit: '{job}', description: 'Jobs in a queue.' }, ({ observe }) => {
        for (const [queue, { depth }] of this.samples) {
          for (const state in depth) observe(depth[state] as number, { [QUEUE]: queue, [STATE]: state });
        }
      }),
      this.gauge(meter, 'queue.oldest_job.age', 's', 'Time for which the oldest ready job waits.', (s) => s.oldestAge),
      this.gauge(meter, 'queue.overdue', '{job}', 'Delayed jobs whose time has come.', (s) => s.overdue),
      this.gauge(meter, 'queue.workers', '{worker}', 'Workers of a queue, of all processes.', (s) => s.workers),
      this.gauge(meter, 'queue.paused', '', 'Whether a queue is paused: 1 or 0.', ({ paused }) =>
        paused === undefined ? undefined : Number(paused),
      ),
    ];
    this.wantsSamples = this.rateLimited !== NOOP_INSTRUMENT || gauges.some((gauge) => gauge !== NOOP_INSTRUMENT);
  }

  private gauge(
    meter: Meter,
    name: string,
    unit: string,
    description: string,
    read: (sample: QueueSample) => number | undefined,
  ) {
    return meter.observableGauge(name, { unit, description }, ({ observe }) => {
      for (const [queue, sample] of this.samples) {
        const value = read(sample);
        if (value !== undefined) observe(value, { [QUEUE]: queue });
      }
    });
  }
}

/** What happens at a queue outside of its jobs. Made by `telemetry.queue`. No method throws. */
export class QueueObserver {
  readonly name: string;
  private readonly metrics: QueueMetrics;
  private readonly attributes: Attributes;

  constructor(name: string, metrics: QueueMetrics) {
    this.name = name;
    this.metrics = metrics;
    this.attributes = Object.freeze({ [QUEUE]: name });
  }

  /**
   * Whether it is up to this observer to look at the queue: anything that `sampled` or `rateLimited` takes is recorded, and no other observer
   * of the process was there before. Whoever was told so calls `release` when it stops.
   */
  claim(): boolean {
    const { wantsSamples, samplers } = this.metrics;
    if (!wantsSamples) return false;
    if (!samplers.has(this.name)) samplers.set(this.name, this);
    return samplers.get(this.name) === this;
  }

  /** Leaves the queue to the next observer that asks. */
  release(): void {
    if (this.metrics.samplers.get(this.name) !== this) return;
    this.metrics.samplers.delete(this.name);
    this.metrics.samples.delete(this.name);
    this.metrics.sparing.forget(this.name);
  }

  /**
   * For what is costly to ask of a queue: calls `work` at once, and gives its promise, unless such work for any queue is under way or was just
   * now. Then it is called later, and nobody hears of its failure: all of it together takes at most a five-hundredth of the time.
   */
  sparingly(work: () => Promise<void>): Promise<void> | undefined {
    return this.metrics.sparing.run(this.name, work);
  }

  /** Counts jobs put into the queue. */
  enqueued(jobName: string, count = 1): void {
    this.metrics.enqueued.add(count, { [QUEUE]: this.name, [NAME]: jobName });
  }

  /** Counts a job whose worker fell silent. The queue knows no more than its id then, so there is no name. */
  stalled(): void {
    this.metrics.stalled.add(1, this.attributes);
  }

  /** Counts locks that could not be renewed. */
  lockRenewalFailed(count = 1): void {
    this.metrics.lockRenewalFailures.add(count, this.attributes);
  }

  /** Counts seconds for which a rate limit kept jobs from being taken up. */
  rateLimited(seconds: number): void {
    this.metrics.rateLimited.add(seconds, this.attributes);
  }

  /** What the queue looks like now, reported until the next call; `undefined`: nobody knows, and nothing is. For the one that holds the claim. */
  sampled(sample: QueueSample | undefined): void {
    const { samplers, samples } = this.metrics;
    if (samplers.get(this.name) !== this) return;
    if (sample === undefined) samples.delete(this.name);
    else samples.set(this.name, sample);
  }
}
