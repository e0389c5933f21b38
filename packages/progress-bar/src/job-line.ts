/** What is known of a job that is shown. */
export interface ShownJob {
  readonly label: string;
  /** From 0 to 1; `undefined` while nobody knows. */
  share: number | undefined;
  /** How much is done, in units of the job's own; `undefined` until it says. */
  done: number | undefined;
  total: number | undefined;
  /** Seconds since its start. */
  elapsed: number;
  /** When that was, in seconds by the monotonic clock. */
  asOf: number;
}

/** Columns of a name; longer ones are cut. */
const LABEL = 20;

/** How an ended job is marked. */
const MARKS = { completed: '✔', failed: '✖', retried: '↻', aborted: '◼' } as const;

/** `emails/send`: queue and name, as text that does nothing to a terminal. */
export function labelOf(name: string, queue: unknown): string {
  const text = typeof queue === 'string' ? `${queue}/${name}` : name;
  // Names come from anywhere: a line break would break the picture, an escape sequence do worse.
  return text.replaceAll(/[\p{C}\p{Z}]+/gu, ' ').trim();
}

/** The label in just so many columns. */
export function paddedLabel(label: string): string {
  return label.length > LABEL ? `${label.slice(0, LABEL - 1)}…` : label.padEnd(LABEL);
}

/** `42 %  420/1,000  1m02s  eta 1m30s`: all that is known, besides the bar. */
export function factsOf({ share, done, total, elapsed }: ShownJob): string {
  const facts = [
    share === undefined ? undefined : `${Math.floor(share * 100)} %`.padStart(5),
    done === undefined ? undefined : countOf(done, total),
    timeOf(elapsed),
    etaOf(share, elapsed),
  ];
  return facts.filter((fact) => fact !== undefined).join('  ');
}

/** `✔ nightly-etl  1,000/1,000  2m05s`: what stays of a job that has ended. */
export function lastLine(job: ShownJob, outcome: keyof typeof MARKS, error: string | undefined): string {
  const { label, done, total, elapsed } = job;
  const facts = [
    `${MARKS[outcome]} ${label}`,
    done === undefined ? undefined : countOf(done, total),
    timeOf(elapsed),
    outcome === 'completed' ? undefined : outcome,
    error === undefined ? undefined : labelOf(error, undefined),
  ];
  return facts.filter((fact) => fact !== undefined).join('  ');
}

/** `undefined` while there is nothing to go by, and when nothing is left. */
function etaOf(share: number | undefined, elapsed: number): string | undefined {
  if (share === undefined || share <= 0 || share >= 1 || elapsed < 1) return undefined;
  return `eta ${timeOf(elapsed / share - elapsed)}`;
}

/** `7s`, `2m05s`, `6h12m`. */
function timeOf(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${two((whole % 3600) / 60)}m`;
}

function countOf(done: number, total: number | undefined): string {
  return total === undefined ? `${numberOf(done)} done` : `${numberOf(done)}/${numberOf(total)}`;
}

function numberOf(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 2 });
}
