import type { CancelTimer, Clock } from '../clock.ts';
import { backendPrices, checkPrices } from '../cost/backend-prices.ts';
import { billOf } from '../cost/bill.ts';
import { measured } from '../cost/measures.ts';
import type { MetricShape } from '../cost/metric-shape.ts';
import {
  type MonthlySignal,
  type MonthlyUsage,
  monthlyUsage,
  only,
  SECONDS_PER_MONTH,
  seriesOf,
} from '../cost/monthly-usage.ts';
import { type BackendPrices, PRICES } from '../cost/prices.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { TelemetryError } from '../errors.ts';
import type { MetricsSnapshot, Point } from '../metrics/snapshot.ts';
import type { ExportBudget } from './delivery-settings.ts';
import type { Exporter } from './exporter.ts';
import { Fold } from './fold.ts';
import type { ExporterUsage } from './usage.ts';

/** An attribute that was folded into `other` for one exporter, because its budget would have been exceeded. */
export interface FoldedAttribute {
  readonly metric: string;
  readonly attribute: string;
  /** How many values it had then. */
  readonly values: number;
}

/** Seconds between two looks at what spans and events cost, and the least that a run must have lasted to tell. */
const WATCH_SECONDS = 600;
/** Differences that are seen before it is taken for known how many points there are in one: the first holds everything. */
const WARM_UP = 10;
/** The weight of the last difference in that. */
const WEIGHT = 0.1;

/** What a backend charges that the table does not know: `checkBudget` has refused it. */
const NOTHING: BackendPrices = { signals: [], series: 'series', shared: false, items: {} };

const BILL = { freeAllowance: false, spansPerTrace: 1 };

export interface BudgetOptions {
  readonly exporter: Pick<Exporter, 'name' | 'backend' | 'temporality'>;
  readonly budget: ExportBudget;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  /** What the exporter has used so far. */
  readonly usage: () => ExporterUsage;
}

/**
 * Keeps the monthly bill for an exporter's metrics within its budget, by folding attributes before they are sent. Of what folding does not help
 * against (spans, events, an interval that is too short) it tells the remedy, once.
 */
export class Budget {
  private readonly options: BudgetOptions;
  private readonly prices: BackendPrices;
  private readonly fold = new Fold();
  private readonly done: FoldedAttribute[] = [];
  private readonly told = new Set<string>();
  private lastShapes: readonly MetricShape[] = [];
  private exports = 0;
  private sum = 0;
  /** Points in a difference, on average; `undefined` as long as that is not known. */
  private pointsPerExport: number | undefined;
  private cancel: CancelTimer | undefined;

  constructor(options: BudgetOptions) {
    this.options = options;
    this.prices = backendPrices(options.exporter.backend ?? '', options.budget.prices) ?? NOTHING;
  }

  /** In the order in which it was done. */
  get folded(): readonly FoldedAttribute[] {
    return [...this.done];
  }

  /** Begins to look at spans and events now and then. */
  start(): void {
    this.cancel ??= this.options.clock.schedule(() => {
      this.cancel = undefined;
      this.watch();
      this.start();
    }, WATCH_SECONDS);
  }

  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  /** Folds what must be folded for all of this (what was collected and chosen for the exporter) to be within the budget. */
  look(collected: MetricsSnapshot): void {
    const { perMonth } = this.options.budget;
    let shapes = this.fold.look(collected);
    for (;;) {
      const cost = this.cost(shapes);
      if (cost <= perMonth) break;
      if (this.cost([]) > perMonth) {
        this.tell(
          'requests',
          `The requests of ${this.options.exporter.name} alone cost ${usd(this.cost([]))} of ${usd(perMonth)} USD a month, whatever they carry. Lengthen its interval, or raise \`budget.perMonth\`.`,
        );
        break;
      }
      const next = this.next(collected, shapes);
      if (next === undefined) {
        this.tell(
          'metrics',
          `The metrics cost ${usd(cost)} of ${usd(perMonth)} USD a month, and no attribute is left that could be folded. Leave metrics out by \`filter\`, lengthen the interval, or raise \`budget.perMonth\`.`,
        );
        break;
      }
      this.fold.add(next.metric, next.attribute);
      this.done.push(Object.freeze(next));
      this.report(
        `Folded \`${next.attribute}\` of ${next.metric} into \`other\` (${next.values} values), because the metrics would cost ${usd(cost)} of ${usd(perMonth)} USD a month. Raise \`budget.perMonth\`, or leave series out by \`filter\`; what is folded stays so until the process ends.`,
      );
      shapes = this.fold.look(collected);
      if (this.pointsPerExport !== undefined) this.pointsPerExport = Math.min(this.pointsPerExport, seriesOf(shapes));
    }
    this.lastShapes = shapes;
  }

  /** How much there is of each metric in what was collected, folded as it is now. */
  shapes(collected: MetricsSnapshot): readonly MetricShape[] {
    return this.fold.look(collected);
  }

  /** What is handed to the exporter in place of a snapshot or difference. `look` comes first. */
  pass(snapshot: MetricsSnapshot): MetricsSnapshot {
    const folded = this.fold.apply(snapshot);
    this.count(folded.metrics.reduce((sum, { points }) => sum + points.length, 0));
    return folded;
  }

  /** The points that these stand for. */
  origins(points: readonly Point[]): readonly Point[] {
    return this.fold.originals(points);
  }

  private count(points: number): void {
    if (++this.exports === 1) return;
    if (this.exports <= WARM_UP + 1) this.sum += points;
    if (this.exports === WARM_UP + 1) this.pointsPerExport = this.sum / WARM_UP;
    else if (this.pointsPerExport !== undefined) this.pointsPerExport += WEIGHT * (points - this.pointsPerExport);
  }

  /** The metric that has the most series, as the backend counts them, of those that can be folded. */
  private next(collected: MetricsSnapshot, shapes: readonly MetricShape[]): FoldedAttribute | undefined {
    const sizes = new Map<string, number>();
    for (const shape of shapes) {
      const size = measured(this.prices.series, { shapes: [shape], interval: 60, signals: {} }, 1);
      sizes.set(shape.name, (sizes.get(shape.name) ?? 0) + size);
    }
    const largestFirst = [...sizes].sort(([a, one], [b, two]) => two - one || (a < b ? -1 : 1));
    for (const [metric] of largestFirst) {
      const candidate = this.fold.candidate(collected, metric);
      if (candidate !== undefined) return { metric, ...candidate };
    }
    return undefined;
  }

  /** USD a month, for metrics of these shapes. */
  private cost(shapes: readonly MetricShape[]): number {
    const usage = this.options.usage();
    const interval = usage.interval.metrics ?? 60;
    const metrics = this.month(shapes, SECONDS_PER_MONTH / interval, usage);
    return billOf(this.prices, { shapes, interval, signals: { metrics } }, BILL).perMonth;
  }

  private month(shapes: readonly MetricShape[], exports: number, usage: ExporterUsage): MonthlySignal {
    const series = seriesOf(shapes);
    const isDelta = this.options.exporter.temporality === 'delta';
    const points = isDelta ? Math.min(series, this.pointsPerExport ?? 0) : series;
    const used = usage.signals.metrics;
    const bytesPerPoint = used === undefined || used.items === 0 ? 0 : used.uncompressed / used.items;
    return { requests: exports, bytes: exports * points * bytesPerPoint, items: exports * points };
  }

  private watch(): void {
    const usage = this.options.usage();
    if (usage.seconds < WATCH_SECONDS) return;
    const { perMonth } = this.options.budget;
    const month: MonthlyUsage = monthlyUsage(usage, this.lastShapes);
    const others = billOf(this.prices, only(month, 'spans', 'events'), BILL).perMonth;
    if (others === 0) return;
    const all = others + this.cost(this.lastShapes);
    if (all <= perMonth) return;
    this.tell(
      'spans',
      `Spans and events cost ${usd(others)} of what is then ${usd(all)} of ${usd(perMonth)} USD a month, and folding does not help against that. Send fewer by \`sampling\` or \`filter\`, or raise \`budget.perMonth\`.`,
    );
  }

  private tell(subject: string, message: string): void {
    if (this.told.has(subject)) return;
    this.told.add(subject);
    this.report(message);
  }

  private report(message: string): void {
    this.options.diagnostics.report(new TelemetryError('ERR_BUDGET', message), this.options.exporter.name);
  }
}

/** Throws `ERR_OPTION` for a budget of what costs nothing that is known, and for prices of what the table does not know. */
export function checkBudget({ name, backend, delivery }: Exporter): void {
  const budget = delivery?.budget;
  if (budget === undefined) return;
  if (budget.prices !== undefined) checkPrices('budget.prices', budget.prices);
  const prices = backend === undefined ? undefined : backendPrices(backend);
  if (prices !== undefined && Object.keys(prices.items).length > 0) return;
  throw new TelemetryError(
    'ERR_OPTION',
    backend === undefined || prices !== undefined
      ? `${name} costs nothing that is known here, so it needs no \`budget\`; leave it out.`
      : `The price table does not know the backend "${backend}", so its \`budget\` cannot be kept; it knows ${Object.keys(PRICES).join(', ')}.`,
  );
}

/** Dollars as people say them: cents only where there are few. */
function usd(amount: number): string {
  return amount >= 100 ? Math.round(amount).toLocaleString('en') : amount.toFixed(2);
}
