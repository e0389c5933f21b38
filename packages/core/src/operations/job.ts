import { type Context, type Link, type Attributes as SpanAttributes, SpanKind } from '@opentelemetry/api';
import type { Attributes, AttributeValue } from '../attributes.ts';
import type { BoundCounter } from '../metrics/counter.ts';
import type { BoundHistogram } from '../metrics/histogram.ts';
import { NOOP_INSTRUMENT } from '../metrics/noop.ts';
import type { BoundUpDownCounter } from '../metrics/up-down-counter.ts';
import { ERROR_TYPE } from '../spans/exception.ts';
import type { NonRecordingSpan } from '../spans/non-recording-span.ts';
import type { RecordingSpan } from '../spans/span.ts';
import { errorType, Operation } from './operation.ts';
import type { Outcome } from './operation-event.ts';
import type { Meter, OperationHome } from './operation-home.ts';

const QUEUE = 'job.queue';
const NAME = 'job.name';
const OUTCOME = 'job.outcome';
const STAGE = 'job.stage';
const DIRECTION = 'io.direction';
const API_TYPE = 'api.type';
const CPU_MODE = 'cpu.mode';

/** From milliseconds to half a day, in seconds: OpenTelemetry's own end at 10 s, where jobs begin. */
const DURATION_BUCKETS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 43_200];

/** How many tries a job took. */
const ATTEMPT_BUCKETS = [1, 2, 3, 4, 5, 7, 10, 15, 25, 50, 100];

/** How many queues and names are held: past it, series are looked up, so that made-up names cost time and no memory. */
const MAX_HELD = 500;

/** How a job starts. */
export interface JobOptions {
  /** The queue it came from. */
  readonly queue?: string;
  /** On the metrics, the span and the event: keep them few. */
  readonly attributes?: Attributes;
  /** On the span only: unbounded. */
  readonly spanAttributes?: SpanAttributes;
  /** Seconds for which it was ready and nobody took it. */
  readonly waited?: number;
  /** Which try of the job it is, from 1. With its end for good, it is how many it took. */
  readonly attempt?: number;
  /** The job is `aborted` rather than `failed` when it throws after this has fired. */
  readonly signal?: AbortSignal;
  /** What the job's span is part of; default: the active span. */
  readonly parent?: Context;
  /** Spans it has to do with without being part of them. */
  readonly links?: readonly Link[];
  /** Measure CPU time and memory: they are the whole process's, so only right where one job runs at a time. Default: only without a queue. */
  readonly resources?: boolean;
  /** `false`: metrics and events without a span. Default: true. */
  readonly span?: boolean;
  /** Default: `process <queue>` with a queue, else the job's name. */
  readonly spanName?: string;
}

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
  readonly memoryPeak;
  /** Whether CPU time or memory is wanted: looking at them costs system calls. */
  readonly measuresResources: boolean;
  private readonly held = new Map<string | undefined, Map<string, JobSeries>>();
  private heldCount = 0;

  constructor(meter: Meter) {
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
      description: 'Records per second of the last job.',
    });
    this.cpuTime = meter.counter('job.cpu.time', { unit: 's', description: 'CPU time of the process while jobs ran.' });
    this.memoryPeak = meter.gauge('job.memory.peak', {
      unit: 'By',
      description: 'Largest memory seen during the last job.',
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
class JobSeries {
  readonly base: Attributes;
  readonly started: BoundCounter;
  readonly active: BoundUpDownCounter;
  private readonly metrics: JobMetrics;
  private boundWait: BoundHistogram | undefined;
  private boundDuration: BoundHistogram | undefined;
  private boundAttempts: BoundHistogram | undefined;

  constructor(metrics: JobMetrics, queue: string | undefined, name: string) {
    const base = Object.freeze({ [QUEUE]: queue, [NAME]: name });
    this.base = base;
    this.started = metrics.started.bind(base);
    this.active = metrics.active.bind(base);
    this.metrics = metrics;
    this.boundWait = undefined;
    this.boundDuration = undefined;
    this.boundAttempts = undefined;
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
}

/** A job being done. Made by `telemetry.job`. */
export class JobOperation extends Operation {
  readonly kind = 'job';
  readonly name: string;
  private readonly metrics: JobMetrics;
  private readonly signal: AbortSignal | undefined;
  private readonly base: Attributes;
  /** `undefined`: with attributes of its own, or one of too many. */
  private readonly series: JobSeries | undefined;
  private readonly attempt: number | undefined;
  private stages: Map<string, number> | undefined;
  private readonly usage: ResourceUsage | undefined;
  private outcome: Outcome | undefined;
  private type: string | undefined;

  constructor(home: OperationHome, metrics: JobMetrics, name: string, options: JobOptions) {
    const { queue, attributes } = options;
    const series = attributes === undefined ? metrics.seriesOf(queue, name) : undefined;
    const base = series?.base ?? { ...attributes, [QUEUE]: queue, [NAME]: name };
    const traced = home.tracer !== undefined && options.span !== false;
    const parent = traced ? (options.parent ?? home.contexts.active()) : undefined;
    super(home, parent && startSpan(home, name, base, options, parent), parent);
    this.name = name;
    this.metrics = metrics;
    this.signal = options.signal;
    this.base = base;
    this.series = series;
    this.attempt = options.attempt;
    this.stages = undefined;
    const measured = metrics.measuresResources && (options.resources ?? queue === undefined);
    this.usage = measured ? new ResourceUsage() : undefined;
    this.outcome = undefined;
    this.type = undefined;
    if (series === undefined) {
      metrics.started.add(1, base);
      metrics.active.add(1, base);
    } else {
      series.started.add(1);
      series.active.add(1);
    }
    if (options.waited !== undefined) this.recordWait(Math.max(0, options.waited));
    this.tell('start');
  }

  /** Counts records handled at a stage: `extracted`, `loaded`. */
  records(stage: string, count: number): void {
    if (this.ended) return;
    if (Number.isFinite(count) && count > 0) {
      this.stages ??= new Map();
      this.stages.set(stage, (this.stages.get(stage) ?? 0) + count);
    }
    this.metrics.records.add(count, { ...this.base, [STAGE]: stage });
  }

  /** Counts bytes moved in a direction: `read`, `written`. */
  bytes(direction: string, count: number): void {
    if (this.ended) return;
    this.metrics.io.add(count, { ...this.base, [DIRECTION]: direction });
  }

  /** Says how much is done. */
  progress(done: number, total: number): void {
    if (this.ended) return;
    const value = Math.min(1, Math.max(0, done / total));
    this.metrics.progress.record(value, this.base);
    // Nothing of nothing: the gauge has counted it as rejected.
    if (Number.isNaN(value)) return;
    this.usage?.look();
    this.span?.addEvent('progress', { 'job.progress': value });
    this.tell('progress', { value });
  }

  /** Records how long a chunk took, in seconds. */
  chunk(seconds: number): void {
    if (this.ended) return;
    this.metrics.chunk.record(seconds, this.base, this.context);
    this.usage?.look();
    this.tell('chunk', { value: seconds });
  }

  /** Counts a call of another API: `s3`. */
  apiCall(type: string): void {
    if (this.ended) return;
    this.metrics.apiCalls.add(1, { ...this.base, [API_TYPE]: type });
  }

  /** Counts a try after a failed one. */
  retry(): void {
    if (this.ended) return;
    this.metrics.retries.add(1, this.base);
    this.span?.addEvent('retry');
  }

  /** Ends the job: records its metrics, ends its span, tells of it. Only the first call counts. `retried`: failed, and will be tried again. */
  end(outcome: Outcome, given?: unknown): void {
    if (!this.finish()) return;
    const error = given ?? undefined;
    const duration = this.elapsed();
    this.outcome = outcome;
    this.type = typeOf(outcome, error);
    this.endSpan(error);
    this.recordEnd(duration, outcome);
    if (this.stages !== undefined && duration > 0) {
      for (const [stage, count] of this.stages)
        this.metrics.throughput.record(count / duration, { ...this.base, [STAGE]: stage });
    }
    this.recordUsage();
    this.tellEnd(duration, outcome, this.type !== undefined, error);
  }

  /** Ends the job by what its function did. */
  settled(failed: boolean, error: unknown): void {
    if (!failed) this.end('completed');
    else this.end(this.signal?.aborted === true ? 'aborted' : 'failed', error);
  }

  protected override title(): string {
    return this.name;
  }

  protected override eventAttributes(): Attributes {
    return { ...this.base, [OUTCOME]: this.outcome, [ERROR_TYPE]: this.type };
  }

  private recordWait(seconds: number): void {
    const span = this.span?.exemplar();
    // A span that is no exemplar must not make way for the one that happens to be active.
    if (this.series === undefined || (span === undefined && this.span !== undefined)) {
      this.metrics.wait.record(seconds, this.base, this.context);
    } else {
      this.series.wait.record(seconds, span);
    }
  }

  private recordEnd(duration: number, outcome: Outcome): void {
    const { metrics, series, base, attempt } = this;
    if (series === undefined) metrics.active.add(-1, base);
    else series.active.add(-1);
    const span = this.span?.exemplar();
    if (series === undefined || outcome !== 'completed' || (span === undefined && this.span !== undefined)) {
      metrics.duration.record(duration, this.eventAttributes(), this.context);
      if (outcome === 'retried') metrics.retries.add(1, base);
      if (attempt !== undefined && (outcome === 'completed' || outcome === 'failed')) {
        metrics.attempts.record(attempt, { ...base, [OUTCOME]: outcome }, this.context);
      }
    } else {
      series.duration.record(duration, span);
      if (attempt !== undefined) series.attempts.record(attempt, span);
    }
  }

  private endSpan(error: unknown): void {
    const { span } = this;
    if (span === undefined) return;
    if (span.isRecording()) {
      span.setAttribute(OUTCOME, this.outcome as Outcome);
      if (this.type !== undefined) span.fail(error, this.type);
    }
    span.end();
  }

  private recordUsage(): void {
    if (this.usage === undefined) return;
    const { user, system, peak } = this.usage.read();
    this.metrics.cpuTime.add(user, { ...this.base, [CPU_MODE]: 'user' });
    this.metrics.cpuTime.add(system, { ...this.base, [CPU_MODE]: 'system' });
    this.metrics.memoryPeak.record(peak, this.base);
  }
}

/** Aborted is no failure unless there is an error. */
function typeOf(outcome: Outcome, error: unknown): string | undefined {
  if (outcome === 'completed') return undefined;
  if (error !== undefined) return errorType(error);
  return outcome === 'aborted' ? undefined : outcome;
}

function startSpan(
  home: OperationHome,
  name: string,
  base: Attributes,
  { queue, spanName, spanAttributes, links }: JobOptions,
  parent: Context,
): RecordingSpan | NonRecordingSpan | undefined {
  const attributes = { ...(base as Record<string, AttributeValue>), ...spanAttributes };
  const kind = queue === undefined ? SpanKind.INTERNAL : SpanKind.CONSUMER;
  const span = home.tracer?.start(
    spanName ?? (queue === undefined ? name : `process ${queue}`),
    kind,
    attributes,
    parent,
  );
  if (links !== undefined) span?.addLinks([...links]);
  return span;
}

/** CPU time and resident memory of the process since its making. */
class ResourceUsage {
  private readonly before = process.cpuUsage();
  private peak = process.memoryUsage.rss();

  look(): void {
    this.peak = Math.max(this.peak, process.memoryUsage.rss());
  }

  /** Seconds and bytes. */
  read(): { readonly user: number; readonly system: number; readonly peak: number } {
    this.look();
    const { user, system } = process.cpuUsage(this.before);
    return { user: user / 1e6, system: system / 1e6, peak: this.peak };
  }
}
