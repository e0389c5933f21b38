import type { Attributes } from '../attributes.ts';
import type { Meter } from './operation-home.ts';

/** The instruments of all queues of a service, but for those that jobs record. */
export class QueueMetrics {
  readonly enqueued;
  readonly stalled;

  constructor(meter: Meter) {
    this.enqueued = meter.counter('job.enqueued', { unit: '{job}', description: 'Jobs put into a queue.' });
    this.stalled = meter.counter('job.stalled', { unit: '{job}', description: 'Jobs whose worker fell silent.' });
  }
}

/** What happens at a queue outside of its jobs. Made by `telemetry.queue`. */
export class QueueObserver {
  readonly name: string;
  private readonly metrics: QueueMetrics;

  constructor(name: string, metrics: QueueMetrics) {
    this.name = name;
    this.metrics = metrics;
  }

  /** Counts jobs put into the queue. */
  enqueued(jobName: string, count = 1): void {
    this.metrics.enqueued.add(count, { ...this.attributes(), 'job.name': jobName });
  }

  /** Counts a job whose worker fell silent. The queue knows no more than its id then, so there is no name. */
  stalled(): void {
    this.metrics.stalled.add(1, this.attributes());
  }

  private attributes(): Attributes {
    return { 'job.queue': this.name };
  }
}
