import {
  type CancelTimer,
  type Exporter,
  type Health,
  type MetricsSource,
  messageOf,
  Pace,
  type Telemetry,
} from '@telltale/core';
import { Board, WINDOW } from './board/board.ts';
import { linesOf, type ReadTables, ROWS_WITH_LINES } from './board/lines.ts';
import type { LiveRow, RowTable } from './board/row-table.ts';
import { Costs } from './costs.ts';
import type { AlertRow, Frame, Table } from './frame.ts';
import { alertRow, EXPORTER_NAME, exporterRows, seriesBudget } from './health-rows.ts';
import { LineHistory, STEP } from './history/line-history.ts';
import type { CheckedOptions } from './options.ts';
import { TraceStore } from './traces/trace-store.ts';

/** Seconds between two frames. */
const TICK = 1;

/** Samples of the history come every fifth tick, each of which may be a little early. */
const ALMOST = 0.5;

/** Seconds for which who asked for a frame counts as looking. */
const POLL_SECONDS = 5;

/** A frame that is younger is as good as a new one: for who asks, and for the tick after that. */
const FRESH_SECONDS = 0.9;
const JUST_NOW_SECONDS = 0.5;

/** Spans between two looks at the time. */
const SPANS_PER_LOOK = 64;

/** More are not shown. */
const MAX_ALERTS = 200;

/** Told what is new. */
export type FrameListener = (frame: string) => void;

/** What a dashboard shows: read once a second while somebody looks, every five for the history else. */
export class LiveBoard {
  /** Another one after a restart. */
  readonly epoch: string = crypto.randomUUID();
  readonly history: LineHistory | undefined;
  readonly traces: TraceStore;
  private readonly telemetry: Telemetry;
  private readonly options: CheckedOptions;
  private readonly board: Board;
  private source: MetricsSource | undefined;
  private leads = true;
  private listener: FrameListener | undefined;
  private viewers = 0;
  private polledAt = Number.NEGATIVE_INFINITY;
  private timer: { readonly every: number; readonly cancel: CancelTimer } | undefined;
  private sampledAt = Number.NEGATIVE_INFINITY;
  private frame: { readonly text: string; readonly at: number } | undefined;
  private reading: Promise<string | undefined> | undefined;
  private readonly costs: Costs;
  private ended = false;

  constructor(telemetry: Telemetry, options: CheckedOptions) {
    this.telemetry = telemetry;
    this.options = options;
    this.board = new Board(options.maxRows);
    this.history = options.history ? new LineHistory() : undefined;
    this.traces = new TraceStore(options.slowerThan);
    this.costs = new Costs(telemetry);
  }

  /** What the telemetry hands it all with. */
  exporter(shutdown: () => Promise<void>): Exporter {
    return {
      name: EXPORTER_NAME,
      interval: TICK,
      start: (source) => {
        this.source = source;
        // Of several processes, one remembers: the others read when somebody asks them.
        if (source.onLead === undefined) this.schedule();
        else {
          source.onLead((leads) => {
            this.leads = leads;
            this.schedule();
          });
        }
      },
      exportSpans: async (spans) => {
        const pace = new Pace();
        for (let at = 0; at < spans.length; at += SPANS_PER_LOOK) {
          if (pace.over()) await pace.rest();
          this.traces.take(spans.slice(at, at + SPANS_PER_LOOK), this.now());
        }
      },
      shutdown,
    };
  }

  /** Frames go there while there are viewers. */
  onFrame(listener: FrameListener): void {
    this.listener = listener;
  }

  /** How many hold a connection open. */
  setViewers(count: number): void {
    this.viewers = count;
    this.schedule();
  }

  /** Someone asked, and is likely to ask again. */
  polled(): void {
    this.polledAt = this.now();
    this.schedule();
  }

  /** The last frame if it is young, or a new one. Rejects when metrics cannot be had. */
  async latest(within = FRESH_SECONDS): Promise<string> {
    const { frame } = this;
    if (frame !== undefined && this.now() - frame.at < within) return frame.text;
    const text = await this.read(true);
    if (text === undefined) throw new Error('The telemetry of this dashboard has ended.');
    return text;
  }

  async historyText(): Promise<string> {
    if (this.history === undefined) return JSON.stringify({ epoch: this.epoch, times: [], lines: {} });
    const pace = new Pace();
    return this.history.text(this.epoch, () => (pace.over() ? pace.rest() : undefined));
  }

  end(): void {
    this.ended = true;
    this.timer?.cancel();
    this.timer = undefined;
  }

  now(): number {
    return this.telemetry.monotonic();
  }

  private get isWatched(): boolean {
    return this.viewers > 0 || this.now() - this.polledAt < POLL_SECONDS;
  }

  private schedule(): void {
    if (this.source === undefined || this.ended) return;
    const every = this.isWatched ? TICK : this.history !== undefined && this.leads ? STEP : undefined;
    if (this.timer?.every === every) return;
    this.timer?.cancel();
    this.timer = every === undefined ? undefined : { every, cancel: this.telemetry.every(every, () => this.tick()) };
  }

  private async tick(): Promise<void> {
    if (this.isWatched) {
      const text = await this.latest(JUST_NOW_SECONDS);
      if (this.viewers > 0) this.listener?.(text);
    } else {
      await this.read(false);
    }
    this.schedule();
  }

  /** One reading at a time: who comes meanwhile gets the same. */
  private async read(whole: boolean): Promise<string | undefined> {
    // One that is under way may be for the history only.
    while (this.reading !== undefined) {
      const text = await this.reading;
      if (text !== undefined || !whole) return text;
    }
    this.reading = this.readAnew(whole);
    try {
      return await this.reading;
    } finally {
      this.reading = undefined;
    }
  }

  private async readAnew(whole: boolean): Promise<string | undefined> {
    const { source, board } = this;
    if (source === undefined || this.ended) return undefined;
    await board.read(source, () => this.now());
    const { tables } = board;
    const { maxRows } = this.options;
    const limit = whole ? maxRows : Math.min(maxRows, ROWS_WITH_LINES);
    const pace = new Pace();
    const settled = <R, L extends LiveRow<R>>(table: RowTable<R, L>) => settledTable(table, limit, pace);
    const read: ReadTables = {
      routes: await settled(tables.routes),
      queues: await settled(tables.queues),
      jobs: await settled(tables.jobs),
      pools: await settled(tables.pools),
      calls: await settled(tables.calls),
      runtime: await settled(tables.runtime),
      services: await settled(tables.services),
    };
    const lines = linesOf(read);
    const now = this.now();
    if (this.history !== undefined && now - this.sampledAt >= STEP - ALMOST) {
      this.sampledAt = now;
      this.history.record(board.time, lines);
    }
    if (!whole) return undefined;
    const text = await this.textOf(read, lines, pace);
    this.frame = { text, at: now };
    return text;
  }

  /** Table by table, so that no number of rows holds the process for long. */
  private async textOf(tables: ReadTables, lines: ReadonlyMap<string, number | null>, pace: Pace): Promise<string> {
    const health = this.telemetry.health();
    const costs = this.costs.perMonth(health.cardinality.series);
    const alerts = this.alerts();
    const frame: Omit<Frame, keyof ReadTables> = {
      epoch: this.epoch,
      time: this.board.time,
      window: WINDOW,
      title: this.options.title ?? String(this.telemetry.resource.attributes['service.name']),
      traces: this.recordsSpans(health) ? this.traces.list() : 'off',
      exporters: exporterRows(health, costs),
      series: seriesBudget(health, this.board.largest, costs),
      ...(alerts !== undefined && { alerts }),
      problems: health.problems,
      lines: Object.fromEntries(lines),
    };
    const parts = [JSON.stringify(frame).slice(1, -1)];
    for (const [name, table] of Object.entries(tables)) {
      if (pace.over()) await pace.rest();
      parts.push(`"${name}":${JSON.stringify(table)}`);
    }
    return `{${parts.join(',')}}`;
  }

  /** Of this process, or of those that hand theirs over. */
  private recordsSpans({ gather }: Health): boolean {
    return this.traces.hasSeen || gather !== undefined || this.telemetry.injects().length > 0;
  }

  private alerts(): readonly AlertRow[] | undefined {
    try {
      return this.options.alerts?.current().slice(0, MAX_ALERTS).map(alertRow);
    } catch (error) {
      this.telemetry.problem('dashboard alerts', () => `The dashboard cannot show alerts: ${messageOf(error)}`);
      return [];
    }
  }
}

/** The busiest rows, once others had their turn. */
async function settledTable<R, L extends LiveRow<R>>(
  table: RowTable<R, L>,
  limit: number,
  pace: Pace,
): Promise<Table<R>> {
  if (pace.over()) await pace.rest();
  return table.read(table.settle(), limit);
}
