import { type AttributeValue, OTHER, type SeriesAttributes } from '../attributes.ts';
import type { Metric, Point } from '../metrics/snapshot.ts';
import { emptied, foldPoints } from './fold-points.ts';
import { pointDifference, type SummableMetric, type SummablePoint } from './point-difference.ts';

/** What several series become: one series, with the same `attributes` object as long as it lives. */
export class FoldedSeries {
  readonly attributes: SeriesAttributes;
  /** Of what adds up and is handed over as totals: all that ever came to its originals. */
  total: SummablePoint | undefined = undefined;
  /** The last look at the originals at which one of them was there. */
  seen = 0;
  /** It was folded further, or forgotten. */
  gone = false;

  constructor(attributes: SeriesAttributes) {
    this.attributes = attributes;
  }
}

/** One of the series that become a folded one. */
export class Original {
  series: FoldedSeries;
  /** The reading up to which it is in the total: what vanishes leaves what it gave, and what comes back goes on from there. */
  counted: SummablePoint | undefined = undefined;

  constructor(series: FoldedSeries) {
    this.series = series;
  }
}

/** The folding of one metric: which of its series go where. */
export class FoldedMetric {
  private readonly series = new Map<string, FoldedSeries>();
  private folded: ReadonlySet<string> = new Set();
  /** Follows the series: what is known of one goes when its attributes object does. */
  private readonly known = new WeakMap<SeriesAttributes, Original>();

  get size(): number {
    return this.series.size;
  }

  /** From now on these attributes are folded; none that was folded before is missing. What is there moves along, with its totals. */
  foldInto(metric: Metric, folded: ReadonlySet<string>): void {
    if (folded.size === this.folded.size) return;
    this.folded = folded;
    const before = [...this.series.values()];
    this.series.clear();
    for (const old of before) {
      const next = this.intern(old.attributes);
      old.gone = true;
      next.seen = Math.max(next.seen, old.seen);
      if (old.total === undefined) continue;
      const totals = next.total === undefined ? [old.total] : [next.total, old.total];
      next.total = foldPoints(metric, next.attributes, totals) as SummablePoint;
    }
  }

  /** What is known of a series that is folded; `undefined` for one that has none of the folded attributes, and stays as it is. */
  original(attributes: SeriesAttributes): Original | undefined {
    let original = this.known.get(attributes);
    if (original === undefined) {
      if (!this.isFolded(attributes)) return undefined;
      original = new Original(this.intern(attributes));
      this.known.set(attributes, original);
    } else if (original.series.gone) {
      original.series = this.intern(attributes);
    }
    return original;
  }

  /** The point of a series that stands for all of `points`, whose originals are in the same order. Totals never fall, whatever comes and goes. */
  fold(metric: Metric, series: FoldedSeries, points: readonly Point[], originals: readonly Original[]): Point {
    if (!isTotal(metric)) return foldPoints(metric, series.attributes, points);
    const parts = [series.total ?? (emptied(metric.type, points[0] as Point) as SummablePoint)];
    let [start, time] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < points.length; i++) {
      const latest = points[i] as SummablePoint;
      const original = originals[i] as Original;
      const came = pointDifference(metric.type, latest, original.counted);
      original.counted = latest;
      if (came !== undefined) parts.push(withExtremes(came, latest));
      start = Math.min(start, latest.startTime);
      time = Math.max(time, latest.time);
    }
    const sum = foldPoints(metric, series.attributes, parts) as SummablePoint;
    // Where counting began is said once: a series whose start moves was reset, for those who read it.
    series.total = Object.freeze({ ...sum, startTime: series.total?.startTime ?? start, time });
    return series.total;
  }

  /** Forgets the series, longest there first, that had no originals at the last look, until `excess` are gone. Gives how many that were. */
  forget(excess: number, look: number): number {
    let forgotten = 0;
    for (const [key, series] of this.series) {
      if (forgotten >= excess) break;
      if (series.seen === look) continue;
      series.gone = true;
      this.series.delete(key);
      forgotten++;
    }
    return forgotten;
  }

  private isFolded(attributes: SeriesAttributes): boolean {
    for (const name of this.folded) if (Object.hasOwn(attributes, name)) return true;
    return false;
  }

  private intern(attributes: SeriesAttributes): FoldedSeries {
    let key = '';
    for (const name in attributes) {
      const value = this.folded.has(name) ? OTHER : (attributes[name] as AttributeValue);
      const text = String(value);
      // With their lengths, no two sets of attributes are spelled alike.
      key += `${name.length} ${name} ${typeof value} ${text.length} ${text} `;
    }
    let series = this.series.get(key);
    if (series === undefined) {
      const entries = Object.entries(attributes).map(([name, value]) => [name, this.folded.has(name) ? OTHER : value]);
      series = new FoldedSeries(Object.freeze(Object.fromEntries(entries)));
      this.series.set(key, series);
    }
    return series;
  }
}

/** Totals, which are to be added up by what came to each; sizes and differences are added up as they are. */
function isTotal(metric: Metric): metric is SummableMetric {
  return metric.temporality === 'cumulative' && metric.type !== 'gauge' && metric.type !== 'upDownCounter';
}

/** A difference does not know its extremes, but those of the whole series hold for the total. */
function withExtremes(came: SummablePoint, latest: SummablePoint): SummablePoint {
  return 'min' in came && 'min' in latest ? Object.freeze({ ...came, min: latest.min, max: latest.max }) : came;
}
