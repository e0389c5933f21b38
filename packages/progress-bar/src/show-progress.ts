import { checkKeys, messageOf, type OperationEvent, type Telemetry, TelemetryError } from '@telltale/core';
import { factsOf, lastLine } from './job-line.ts';
import { ShownJobs } from './shown-jobs.ts';
import { TerminalBars } from './terminal-bars.ts';

/** Where progress is shown: `process.stderr`, or whatever is like it. */
export interface ProgressStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly rows?: number;
}

export interface ProgressOptions {
  /** Default: `process.stderr`. */
  readonly stream?: ProgressStream;
  /** Bars at most, the terminal's height permitting; further jobs are counted. Default 10. */
  readonly max?: number;
  /** Whether a job is shown. Default: all without a queue, and those of queues once they tell of their progress. */
  readonly filter?: (job: OperationEvent) => boolean;
  /** Seconds between two lines for a job where there is no terminal, or `false` for none at all. Default 10. */
  readonly lines?: number | false;
}

const OPTIONS = ['stream', 'max', 'filter', 'lines'];
const MAX = 10;
const LINES = 10;

/** Seconds between two pictures. */
const FRAME = 0.1;

/**
 * Shows the progress of running jobs of all services of a telemetry, until that ends or the returned function is called. Never throws later,
 * and never keeps the process alive. Throws `ERR_OPTION` for options that are wrong.
 */
export function showProgress(telemetry: Telemetry, options: ProgressOptions = {}): () => void {
  checkOptions(options);
  const { stream = process.stderr, lines = LINES } = options;
  if (stream.isTTY !== true && lines === false) return () => {};
  const display = new ProgressDisplay(telemetry, options, stream, lines || LINES);
  return () => display.end();
}

class ProgressDisplay {
  private readonly telemetry: Telemetry;
  private readonly stream: ProgressStream;
  private readonly filter: ((job: OperationEvent) => boolean) | undefined;
  private readonly max: number;
  private readonly jobs: ShownJobs;
  private readonly bars: TerminalBars | undefined;
  private readonly undo: readonly (() => void)[];
  /** Lines of ended jobs that may still be written within this second. */
  private room: number;
  private ended = false;

  constructor(telemetry: Telemetry, options: ProgressOptions, stream: ProgressStream, lines: number) {
    this.telemetry = telemetry;
    this.stream = stream;
    this.filter = options.filter;
    // A picture that is higher than the terminal cannot be drawn over; two lines for what follows it. 0: a terminal that does not know.
    this.max = Math.max(1, Math.min(options.max ?? MAX, (stream.rows || Number.POSITIVE_INFINITY) - 2));
    this.jobs = new ShownJobs(this.max);
    this.bars = stream.isTTY === true ? new TerminalBars(stream) : undefined;
    this.room = this.max;
    const seconds = this.bars === undefined ? lines : FRAME;
    stream.on?.('error', this.fail);
    process.on('exit', this.end);
    this.undo = [
      telemetry.on('start', (event, identity) => this.guard(() => this.started(event, identity))),
      telemetry.on('progress', (event, identity) => this.guard(() => this.moved(event, identity))),
      telemetry.on('end', (event, identity) => this.guard(() => this.over(event, identity))),
      telemetry.every(seconds, () => this.guard(() => this.tick())),
      telemetry.every(1, () => {
        this.room = this.max;
      }),
    ];
  }

  /** Leaves what is there to be read, and listens no longer. */
  readonly end = (): void => {
    if (this.ended) return;
    this.guard(() => {
      if (this.bars === undefined) return;
      this.bars.clear();
      this.writeAll();
    });
    this.stop();
  };

  private stop(): void {
    this.ended = true;
    for (const undo of this.undo) undo();
    process.off('exit', this.end);
    this.stream.removeListener?.('error', this.fail);
  }

  private started(event: OperationEvent, identity: object): void {
    if (event.kind === 'job' && event.attributes['job.queue'] === undefined) this.moved(event, identity);
  }

  private moved(event: OperationEvent, identity: object): void {
    if (event.kind === 'job' && this.filter?.(event) !== false)
      this.jobs.take(event, identity, this.telemetry.monotonic());
  }

  private over(event: OperationEvent, identity: object): void {
    const job = this.jobs.end(event, identity);
    if (job === undefined || this.room === 0) return;
    this.room--;
    this.bars?.clear();
    this.write(lastLine(job, event.outcome ?? 'completed', event.error?.type));
    this.bars?.draw(this.jobs.all, this.jobs.others);
  }

  private tick(): void {
    this.jobs.passTo(this.telemetry.monotonic());
    if (this.bars !== undefined) this.bars.draw(this.jobs.all, this.jobs.others);
    else this.writeAll();
  }

  private writeAll(): void {
    for (const job of this.jobs.all) this.write(`  ${job.label}  ${factsOf(job).trim()}`);
  }

  private write(line: string): void {
    this.stream.write(`${line}\n`);
  }

  private guard(work: () => void): void {
    if (this.ended) return;
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  /** A stream that is gone, a filter that throws: the show is over, the jobs go on. */
  private readonly fail = (error: unknown): void => {
    if (this.ended) return;
    this.stop();
    this.telemetry.problem('showProgress', () => `Progress is no longer shown: ${messageOf(error)}`);
  };
}

function checkOptions(options: ProgressOptions): void {
  checkKeys('showProgress', options, OPTIONS);
  const { stream, max = MAX, filter, lines = LINES } = options;
  const fail = (what: string, mend: string): never => {
    throw new TelemetryError('ERR_OPTION', `"showProgress.${what}" ${mend}`);
  };
  if (stream !== undefined && typeof stream?.write !== 'function')
    fail('stream', 'cannot be written to; give a stream such as process.stderr.');
  if (!Number.isInteger(max) || max < 1) fail('max', `is ${max}; give a whole number of bars above 0.`);
  if (filter !== undefined && typeof filter !== 'function')
    fail('filter', `is of type ${typeof filter}; give a function.`);
  if (lines !== false && !(lines > 0 && Number.isFinite(lines)))
    fail('lines', `is ${lines}; give seconds above 0, or false.`);
}
