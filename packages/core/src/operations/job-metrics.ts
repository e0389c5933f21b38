import type { Attributes } from '../attributes.ts';
import type { BoundCounter } from '../metrics/counter.ts';
import type { BoundGauge } from '../metrics/gauge.ts';
import type { BoundHistogram } from '../metrics/histogram.ts';
import { NOOP_INSTRUMENT } from '../metrics/noop.ts';
import type { BoundUpDownCounter } from '../metrics/up-down-counter.ts';
import { HeldJobCounters } from './job-counts.ts';
import type { Meter } from './operation-home.ts';

const QUEUE = 'job.queue';
const NAME = 'job.name';
const OUTCOME = 'job.outcome';

/** From milliseconds to half a day, in seconds: OpenTelemetry's own end at 10 s, where jobs begin. */
const DURATION_BUCKETS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 43_200];

/** How many tries a job took. */
const ATTEMPT_BUCKETS = [1, 2, 3, 4, 5, 7, 10, 15, 25, 50, 100];

/** How many queues and names are held: past it, series are looked up, so that made-up names cost time and no memory. */
const MAX_HELD = 500;

/** The instruments of all jobs of a service. */
export class JobMetrics {
  readonly duration;
  readonly wait;
  readonly chunk;
  readonly started;
  readonly active;
  readonly retries;
  readonly attempts;
  readonly records;
  readonly io;
  readonly apiCalls;
  readonly progress;
  readonly throughput;
  readonly cpuTime;
  readonly cpuUtilization;
  readonly memoryPeak;
  /** Whether jobs are observed at all. */
  readonly observed: boolean;
  /** Whether CPU time or memory is wanted: looking at them costs system calls. */
  readonly measuresResources: boolean;
  private readonly held = new Map<string | undefined, Map<string, JobSeries>>();
  private heldCount = 0;

  constructor(meter: Meter, observed: boolean) {
    this.observed = observed;
    const seconds = (description: string) => ({ unit: 's', description, buckets: DURATION_BUCKETS });
    this.duration = meter.histogram('job.duration', seconds('Time from the start of a job to its end.'));
    this.wait = meter.histogram('job.wait.duration', seconds('Time for which a job was ready before it was taken up.'));
    this.chunk = meter.histogram('job.chunk.duration', seconds('Time a job took for one of its chunks.'));
    this.started = meter.counter('job.started', { unit: '{job}', description: 'Jobs taken up, each attempt counted.' });
    this.active = meter.upDownCounter('job.active', { unit: '{job}', description: 'Jobs running.' });
    this.retries = meter.counter('job.retries', { unit: '{retry}', description: 'Tries after a failed one.' });
    this.attempts = meter.histogram('job.attempts', {
      unit: '{attempt}',
      description: 'Attempts that a job took until it completed or failed for good.',
      buckets: ATTEMPT_BUCKETS,
    });
    this.records = meter.counter('job.records', { unit: '{record}', description: 'Records that jobs handled.' });
    this.io = meter.counter('job.io', { unit: 'By', description: 'Bytes that jobs read and wrote.' });
    this.apiCalls = meter.counter('job.api_calls', { unit: '{call}', description: 'Calls of other APIs by jobs.' });
    this.progress = meter.gauge('job.progress', {
      unit: '1',
      description: 'How much of the job is done, from 0 to 1.',
    });
    this.throughput = meter.gauge('job.throughput', {
      unit: '{record}/s',
      description: 'Records per second of a job since its start: of one that runs, or of the last one.',
    });
    this.cpuTime = meter.counter('job.cpu.time', { unit: 's', description: 'CPU time of the process while jobs ran.' });
    this.cpuUtilization = meter.gauge('job.cpu.utilization', {
      unit: '1',
      description: 'CPU time of the process per second of a job: near 0 it waits, near 1 it computes.',
    });
    this.memoryPeak = meter.gauge('job.memory.peak', {
      unit: 'By',
      description: 'Largest memory of the process while a job runs, or ran.',
    });
    this.measuresResources = this.cpuTime !== NOOP_INSTRUMENT || this.memoryPeak !== NOOP_INSTRUMENT;
  }

  /** The series of a kind of job; `undefined` when there are too many kinds to hold. */
  seriesOf(queue: string | undefined, name: string): JobSeries | undefined {
    const known = this.held.get(queue)?.get(name);
    if (known !== undefined || this.heldCount >= MAX_HELD) return known;
    const series = new JobSeries(this, queue, name);
    const names = this.held.get(queue);
    if (names === undefined) this.held.set(queue, new Map([[name, series]]));
    else names.set(name, series);
    this.heldCount++;
    return series;
  }
}

/** What each job of a queue and name records, held: looking it up takes longer than all else. */
export class JobSeries {
  readonly base: Attributes;
  readonly started: BoundCounter;
  readonly active: BoundUpDownCounter;
  private readonly metrics: JobMetrics;
  private boundWait: BoundHistogram | undefined;
  private boundDuration: BoundHistogram | undefined;
  private boundAttempts: BoundHistogram | undefined;
  private boundChunk: BoundHistogram | undefined;
  private boundProgress: BoundGauge | undefined;
  private heldCounters: HeldJobCounters | undefined;

  constructor(metrics: JobMetrics, queue: string | undefined, name: string) {
    const base = Object.freeze({ [QUEUE]: queue, [NAME]: name });
    this.base = base;
    this.started = metrics.started.bind(base);
    this.active = metrics.active.bind(base);
    this.metrics = metrics;
    this.boundWait = undefined;
    this.boundDuration = undefined;
    this.boundAttempts = undefined;
    this.boundChunk = undefined;
    this.boundProgress = undefined;
    this.heldCounters = undefined;
  }

  // Made when first needed: a series that is there without a value would show.

  get wait(): BoundHistogram {
    this.boundWait ??= this.metrics.wait.bind(this.base);
    return this.boundWait;
  }

  /** Of those that completed. */
  get duration(): BoundHistogram {
    this.boundDuration ??= this.metrics.duration.bind({ ...this.base, [OUTCOME]: 'completed' });
    return this.boundDuration;
  }

  /** Of those that completed. */
  get attempts(): BoundHistogram {
    this.boundAttempts ??= this.metrics.attempts.bind({ ...this.base, [OUTCOME]: 'completed' });
    return this.boundAttempts;
  }

  get chunk(): BoundHistogram {
    this.boundChunk ??= this.metrics.chunk.bind(this.base);
    return this.boundChunk;
  }

  get progress(): BoundGauge {
    this.boundProgress ??= this.metrics.progress.bind(this.base);
    return this.boundProgress;
  }

  get counters(): HeldJobCounters {
    this.heldCounters ??= new HeldJobCounters(this.metrics, this.base);
    return this.heldCounters;
  }
}
