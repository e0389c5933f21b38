import cliProgress, { type GenericFormatter, type MultiBar, type Options, type SingleBar } from 'cli-progress';
import { factsOf, paddedLabel, type ShownJob } from './job-line.ts';

/** Columns of a bar. */
const BAR = 20;

/** We draw when it is time, cli-progress never by itself: frames a second of which none is ever due. */
const NEVER = 1e-6;

/** Bars of a terminal, drawn over and over in the same place. */
export class TerminalBars {
  private readonly options: Options;
  private drawn: readonly ShownJob[] = [];
  private bars: readonly SingleBar[] = [];
  private rest: SingleBar | undefined = undefined;
  private multi: MultiBar | undefined = undefined;

  constructor(stream: NodeJS.WritableStream) {
    this.options = {
      stream,
      format,
      fps: NEVER,
      barsize: BAR,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      clearOnComplete: true,
      forceRedraw: true,
      // These would leave a terminal that is not itself when the process is killed.
      hideCursor: false,
      linewrap: true,
      // Listening for signals is a sign that a service handles them itself, which changes what telemetry does.
      gracefulExit: false,
    };
  }

  draw(jobs: readonly ShownJob[], others: number): void {
    const same = jobs.length === this.drawn.length && jobs.every((job, at) => job === this.drawn[at]);
    if (!same || others > 0 !== (this.rest !== undefined)) this.build(jobs, others);
    for (const [at, job] of jobs.entries()) this.bars[at]?.update(job.share ?? 0, { job });
    this.rest?.update({ others });
    this.multi?.update();
    this.letGo();
  }

  /** Takes the bars away; the cursor is where they began. */
  clear(): void {
    this.multi?.stop();
    this.multi = undefined;
    this.drawn = [];
    this.bars = [];
    this.rest = undefined;
  }

  /** Anew whenever jobs come and go: cli-progress has trouble with bars that are taken out of the middle. */
  private build(jobs: readonly ShownJob[], others: number): void {
    this.clear();
    if (jobs.length === 0) return;
    const multi = new cliProgress.MultiBar(this.options);
    this.multi = multi;
    this.drawn = jobs;
    this.bars = jobs.map((job) => multi.create(1, 0, { job }));
    if (others > 0) this.rest = multi.create(1, 0, { others });
  }

  /** Its timer would keep the process alive; it cannot be told not to. */
  private letGo(): void {
    (this.multi as { readonly timer?: NodeJS.Timeout | null } | undefined)?.timer?.unref();
  }
}

const format: GenericFormatter = (options, { progress }, { job, others }: { job?: ShownJob; others?: number }) => {
  if (job === undefined) return `… and ${others} more`;
  const bar = job.share === undefined ? '·'.repeat(BAR) : cliProgress.Format.BarFormat(progress, options);
  return `${paddedLabel(job.label)} ${bar} ${factsOf(job)}`;
};
