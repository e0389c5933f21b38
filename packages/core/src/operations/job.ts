import { type Context, type Link, type Attributes as SpanAttributes, SpanKind } from '@opentelemetry/api';
import type { Attributes, AttributeValue } from '../attributes.ts';
import { ERROR_TYPE } from '../spans/exception.ts';
import type { OperationSpan } from '../spans/operation-span.ts';
import { JobContext, jobIn } from './job-context.ts';
import { JobCounts } from './job-counts.ts';
import { JobInterruption } from './job-interruption.ts';
import type { JobMetrics, JobSeries } from './job-metrics.ts';
import { isProgress, JobProgress } from './job-progress.ts';
import { JobResources } from './job-resources.ts';
import { errorType, Operation } from './operation.ts';
import type { Outcome } from './operation-event.ts';
import type { OperationHome } from './operation-home.ts';
import { NEWER, OLDER, type RunningJob } from './running-jobs.ts';

const QUEUE = 'job.queue';
const NAME = 'job.name';
const OUTCOME = 'job.outcome';

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
  /** Stops the job: `job.signal` follows it, and a job that throws after it has fired is `aborted` rather than `failed`. */
  readonly signal?: AbortSignal;
  /** What the job's span is part of; default: the active span. */
  readonly parent?: Context;
  /** Spans it has to do with without being part of them. */
  readonly links?: readonly Link[];
  /** Measure CPU time and memory, four times a second: they are the whole process's, so only right where one job runs at a time. Default: only without a queue. */
  readonly resources?: boolean;
  /** `false`: metrics and events without a span. Default: true. */
  readonly span?: boolean;
  /** Default: `process <queue>` with a queue, else the job's name. */
  readonly spanName?: string;
}

/** A job being done. Made by `telemetry.job`. */
export class JobOperation extends Operation implements RunningJob {
  readonly kind = 'job';
  readonly name: string;
  [OLDER]: RunningJob | undefined;
  [NEWER]: RunningJob | undefined;
  private readonly metrics: JobMetrics;
  private readonly given: AbortSignal | undefined;
  private readonly base: Attributes;
  /** `undefined`: with attributes of its own, or one of too many. */
  private readonly series: JobSeries | undefined;
  private readonly attempt: number | undefined;
  private readonly resources: MeasuredResources | undefined;
  // What only some jobs have is made when they first need it.
  private counts: JobCounts | undefined;
  private said: JobProgress | undefined;
  private interruption: JobInterruption | undefined;
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
    this[OLDER] = undefined;
    this[NEWER] = undefined;
    this.metrics = metrics;
    this.given = options.signal;
    this.base = base;
    this.series = series;
    this.attempt = options.attempt;
    this.counts = undefined;
    this.said = undefined;
    this.interruption = undefined;
    this.outcome = undefined;
    this.type = undefined;
    const measured = metrics.measuresResources && (options.resources ?? queue === undefined);
    this.resources = measured ? this.measure() : undefined;
    if (series === undefined) {
      metrics.started.add(1, base);
      metrics.active.add(1, base);
    } else {
      series.started.add(1);
      series.active.add(1);
    }
    home.jobs.add(this);
    if (options.waited !== undefined) this.recordWait(Math.max(0, options.waited));
    this.tell('start');
  }

  /** The innermost job under way in whose context this is. */
  static in(context: Context): JobOperation | undefined {
    const job = jobIn(context);
    return job instanceof JobOperation && !job.ended ? job : undefined;
  }

  /**
   * Fires when the job is to stop: the signal it was given has fired, or the process was sent a signal at which it ends. Hand it on, or look at
   * `aborted` between chunks. A job that throws after it has fired is `aborted`; what it does not throw, it has done.
   */
  get signal(): AbortSignal {
    this.interruption ??= new JobInterruption(this.given, this.home.jobs.ending);
    if (this.ended) this.interruption.release();
    return this.interruption.signal;
  }

  /** For telemetry: fires `signal`, if the job's function has asked for it. */
  interrupt(reason: unknown): void {
    this.interruption?.abort(reason);
  }

  /** Calls `work` with this job as the active one, so that what it starts becomes part of it, and `telemetry.jobs.active()` finds it. Does not end the job. */
  override run<T>(work: () => T): T {
    if (!this.metrics.observed) return work();
    const { contexts } = this.home;
    return contexts.with(this.context ?? new JobContext(contexts.active(), undefined, this), work);
  }

  /** Counts records handled at a stage: `extracted`, `loaded`. The 101st stage of a job, and all after it, are `other`. */
  records(stage: string, count: number): void {
    if (!this.ended) this.counted().stages.add(stage, count);
  }

  /** Counts bytes moved in a direction: `read`, `written`. */
  bytes(direction: string, count: number): void {
    if (!this.ended) this.counted().directions.add(direction, count);
  }

  /** Counts a call of another API: `s3`. */
  apiCall(type: string): void {
    if (!this.ended) this.counted().apiTypes.add(type, 1);
  }

  /**
   * Says how much is done, of how much if that is known; 0 of 0 is all. Call it as often as you like: the gauge has each value, listeners and
   * the span a percent when it is first reached (without a total: twice as much as the last time), listeners all else once a second.
   */
  progress(done: number, total?: number): void {
    if (this.ended) return;
    const whole = total ?? Number.POSITIVE_INFINITY;
    if (!isProgress(done, whole)) {
      this.rejectProgress();
      return;
    }
    this.said ??= new JobProgress();
    const { said } = this;
    const mark = said.set(done, whole);
    if (said.knowsTotal) {
      if (this.series === undefined) this.metrics.progress.record(said.share, this.base);
      else this.series.progress.record(said.share);
    }
    if (mark) this.span?.addEvent('progress', progressAttributes(said));
    const { hooks } = this.home;
    const heard = !hooks.silent && hooks.has('progress');
    if (!heard && this.counts === undefined) return;
    const now = this.home.clock.monotonic();
    this.updateThroughput(now);
    if (heard && said.isDue(mark, now)) this.tellProgress(said);
  }

  /** Records how long a chunk took, in seconds. */
  chunk(seconds: number): void {
    if (this.ended) return;
    const span = this.span?.exemplar();
    if (this.series === undefined || (span === undefined && this.span !== undefined)) {
      this.metrics.chunk.record(seconds, this.base, this.context);
    } else {
      this.series.chunk.record(seconds, span);
    }
    if (this.counts !== undefined) this.updateThroughput(this.home.clock.monotonic());
    this.tell('chunk', { value: seconds });
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
    this.home.jobs.remove(this);
    const error = given ?? undefined;
    const now = this.home.clock.monotonic();
    const duration = now - this.started;
    this.outcome = outcome;
    this.type = typeOf(outcome, error);
    this.endSpan(error, now);
    this.recordEnd(duration, outcome);
    this.recordThroughput(duration);
    this.resources?.end(duration);
    this.interruption?.release();
    if (this.said?.untold === true) this.tellProgress(this.said);
    this.tellEnd(duration, outcome, this.type !== undefined, error);
  }

  /** Ends the job by what its function did. */
  settled(failed: boolean, error: unknown): void {
    if (!failed) this.end('completed');
    else
      this.end(
        this.given?.aborted === true || this.interruption?.signal.aborted === true ? 'aborted' : 'failed',
        error,
      );
  }

  protected override title(): string {
    return this.name;
  }

  protected override contextFor(parent: Context, span: OperationSpan): Context {
    // A span of another SDK may have more to say in its context than which one it is.
    const within = span.inContext === span ? parent : span.within(parent);
    return new JobContext(within, span.inContext, this);
  }

  protected override eventAttributes(): Attributes {
    return { ...this.base, [OUTCOME]: this.outcome, [ERROR_TYPE]: this.type };
  }

  private counted(): JobCounts {
    this.counts ??= new JobCounts(this.metrics, this.base, this.series?.counters, this.started);
    return this.counts;
  }

  private rejectProgress(): void {
    this.home.diagnostics.problem(
      'ERR_VALUE',
      'job.progress',
      () =>
        `Job "${this.name}" has told progress that was ignored; give numbers from 0 up: progress(40, 100), or progress(40).`,
    );
  }

  private tellProgress(said: JobProgress): void {
    const { done, total, share } = said;
    this.tell('progress', said.knowsTotal ? { value: share, done, total } : { done });
  }

  private updateThroughput(now: number): void {
    if (this.counts?.isDue(now) === true) this.recordThroughput(now - this.started);
  }

  private recordThroughput(elapsed: number): void {
    if (this.counts === undefined || elapsed <= 0) return;
    for (const { total, attributes } of this.counts.stages.all()) {
      if (total > 0) this.metrics.throughput.record(total / elapsed, attributes);
    }
  }

  private measure(): MeasuredResources {
    const resources = new JobResources(this.metrics, this.base);
    const look = (memory: number): void => {
      const now = this.home.clock.monotonic();
      resources.record(memory, now - this.started);
      this.updateThroughput(now);
    };
    const stop = this.home.jobs.watch(look);
    return {
      end(elapsed) {
        stop();
        resources.record(process.memoryUsage.rss(), elapsed);
      },
    };
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

  private endSpan(error: unknown, now: number): void {
    const { span } = this;
    if (span === undefined) return;
    if (span.isRecording()) {
      span.setAttribute(OUTCOME, this.outcome as Outcome);
      if (this.type !== undefined) span.fail(error, this.type);
    }
    span.endAt(now);
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
): OperationSpan | undefined {
  // Adding few to a copy takes a fifth of the time of copying both.
  const attributes: SpanAttributes = { ...spanAttributes };
  for (const key in base) attributes[key] ??= base[key] as AttributeValue;
  const kind = queue === undefined ? SpanKind.INTERNAL : SpanKind.CONSUMER;
  return home.tracer?.start(
    spanName ?? (queue === undefined ? name : `process ${queue}`),
    kind,
    attributes,
    parent,
    links,
  );
}

/** What ends the measuring of a job's resources, after so many seconds. */
interface MeasuredResources {
  end(elapsed: number): void;
}

function progressAttributes({ share, done, knowsTotal }: JobProgress): SpanAttributes {
  return knowsTotal ? { 'job.progress': share } : { 'job.progress.done': done };
}
