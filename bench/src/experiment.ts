/** What a program hands to the harness: a loop that is timed, or something that measures itself. */
type Program = Loop | Measurement;

export interface Loop {
  /** Does its work `times` times. All of it is measured, so there is nothing else in here. */
  run(times: number): void | Promise<void>;
  /** Between two measurements, not measured: empties a buffer, for example. */
  settle?(): void | Promise<void>;
  /** `run` is never asked for more than this before `settle`; for buffers that are full one day. */
  readonly atMost?: number;
  /** Also measure what is allocated. Only for `run`s that are synchronous. */
  readonly bytes?: boolean;
}

export interface Measurement {
  measure(): Promise<Figures>;
}

/** `time` is nanoseconds of CPU per turn of the loop, `bytes` what a turn allocates; a measurement names its own. */
export type Figures = Readonly<Record<string, number>>;

/** By what a row is judged: ours ÷ peer, or ours alone. */
export type Budget = { readonly ratio: number } | { readonly atMost: number };

type Unit = 'ns' | 'µs' | 'ms' | 'B';

/** One line of the table: the same figure of two programs. */
export interface Row {
  readonly what: string;
  /** Names of programs of the experiment. */
  readonly ours: string;
  readonly peer: string;
  readonly figure: string;
  readonly unit: Unit;
  /** The program whose figure is taken off both, so that what they add is left. */
  readonly added?: string;
  /** Left out: shown for information. */
  readonly budget?: Budget;
}

/** Programs that are measured together, turn by turn, each in processes of its own. */
export interface Experiment {
  readonly name: string;
  /** `import.meta.url` of the file that exports it as `experiment`. */
  readonly file: string;
  /** Each imports what it measures itself, so that its process has nothing else in it. Throws to say that it cannot run here. */
  readonly programs: Readonly<Record<string, () => Promise<Program>>>;
  readonly rows: readonly Row[];
  /** How many processes each program gets, one after another; default 3. */
  readonly launches?: number;
  /** Rounds per process; default 12. */
  readonly rounds?: number;
  /** Milliseconds of CPU that a round takes; default 10. */
  readonly roundTime?: number;
  /** Milliseconds of CPU before the first round; default 400. */
  readonly warmUp?: number;
}
