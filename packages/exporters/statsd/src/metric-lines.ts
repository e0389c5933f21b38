import type {
  ExponentialHistogramPoint,
  HistogramPoint,
  Metric,
  MetricsSnapshot,
  NumberPoint,
  Point,
  SummaryPoint,
} from '@telltale/core';
import { bucketValues } from '@telltale/exporter-kit';
import { type Dialect, dialects, type StatsdDialect, type Tag } from './dialect.ts';
import type { Lines } from './lines.ts';
import { sampleRate } from './sample-rate.ts';
import { attributeTags, identityOf, identityTags } from './series-tags.ts';
import { spellNumber } from './spell-number.ts';
import { TakenSeries } from './taken-series.ts';
import { weightedValues } from './weighted-values.ts';

export interface MetricLinesOptions {
  readonly dialect: StatsdDialect;
  /** On every series. */
  readonly tags: readonly Tag[];
  /** The most lines for a histogram series, where the daemon does not weigh by the sample rate. */
  readonly timerSamples: number;
}

/** Timers are in milliseconds: what each unit of time has of them. Histograms of anything else are sent as they are. */
const MILLISECONDS: Readonly<Record<string, number>> = {
  s: 1000,
  ms: 1,
  us: 1e-3,
  ns: 1e-6,
  min: 60_000,
  h: 3_600_000,
};

/** Of values of histograms. Eight more would make lines twice as long and change sums in their ninth digit. */
const DIGITS = 9;

/** Writes snapshots of differences as lines. Remembers only which spellings are taken. */
export class MetricLines {
  private readonly options: MetricLinesOptions;
  private readonly dialect: Dialect;
  private readonly taken = new TakenSeries();

  constructor(options: MetricLinesOptions) {
    this.options = options;
    this.dialect = dialects[options.dialect];
  }

  /** The lines of each point; none where there is nothing to send. */
  write(snapshot: MetricsSnapshot): readonly Lines[] {
    return snapshot.metrics.flatMap((metric) => {
      const own = metric.resource === snapshot.resource;
      const tags = [
        ...this.options.tags,
        ...(this.dialect.identity || !own
          ? identityTags(metric.resource).filter(([key]) => this.dialect.identity || key === 'service')
          : []),
      ];
      return (metric.points as readonly Point[]).map((item) => ({ item, lines: this.linesOf(metric, item, tags) }));
    });
  }

  private linesOf(metric: Metric, point: Point, tags: readonly Tag[]): readonly string[] {
    switch (metric.type) {
      case 'counter':
        return this.number(metric.name, point as NumberPoint, tags, 'c');
      case 'upDownCounter':
      case 'gauge':
        return this.number(metric.name, point as NumberPoint, tags, 'g');
      case 'summary':
        return this.summary(metric.name, point as SummaryPoint, tags);
      case 'histogram':
        return this.timer(metric, point as HistogramPoint, tags, metric.boundaries);
      case 'exponentialHistogram':
        return this.timer(metric, point as ExponentialHistogramPoint, tags);
    }
  }

  private number(name: string, point: NumberPoint, tags: readonly Tag[], type: 'c' | 'g'): readonly string[] {
    return this.line(this.series(name, point, tags), point.value, type);
  }

  private summary(name: string, point: SummaryPoint, tags: readonly Tag[]): readonly string[] {
    return [
      ...this.line(this.series(`${name}.count`, point, tags), point.count, 'c'),
      ...this.line(this.series(`${name}.sum`, point, tags), point.sum, 'c'),
      ...point.quantiles.flatMap(({ quantile, value }) =>
        this.line(this.series(`${name}.quantile`, point, tags, [['quantile', String(quantile)]]), value, 'g'),
      ),
    ];
  }

  private timer(
    { name, unit }: Metric,
    point: HistogramPoint | ExponentialHistogramPoint,
    tags: readonly Tag[],
    boundaries?: readonly number[],
  ): readonly string[] {
    const { timer, weighs } = this.dialect;
    const series = this.series(name, point, tags);
    const scale = timer === 'ms' ? (MILLISECONDS[unit] ?? 1) : 1;
    const values = bucketValues(point, boundaries, { digits: DIGITS });
    const weighted = weighs ? values : weightedValues(values, this.options.timerSamples);
    return weighted.map(([value, weight]) => {
      const scaled = Number((value * scale).toPrecision(DIGITS));
      // Daemons take a negative timer for a bad line: it counts, as the least that can be.
      const spelt = spellNumber(timer === 'ms' ? Math.max(0, scaled) : scaled);
      return `${series.head}:${spelt}|${timer}${weight === 1 ? '' : `|@${sampleRate(weight)}`}${series.tail}`;
    });
  }

  private series(
    name: string,
    { attributes }: Point,
    fixed: readonly Tag[],
    more: readonly Tag[] = [],
  ): { readonly head: string; readonly tail: string } {
    const tags = [...attributeTags(attributes), ...more, ...fixed];
    let series = { head: '', tail: '' };
    this.taken.spell(identityOf(name, tags, attributes), (mark) => {
      series = this.dialect.series(name, mark === undefined ? tags : [...tags, ['clash', mark]]);
      return series.head + series.tail;
    });
    return series;
  }

  /** What is not a number, or without end, no daemon takes. */
  private line(
    { head, tail }: { readonly head: string; readonly tail: string },
    value: number,
    type: 'c' | 'g',
  ): readonly string[] {
    if (!Number.isFinite(value)) return [];
    const line = `${head}:${spellNumber(value)}|${type}${tail}`;
    // A sign makes it a change; in the same datagram, nobody sees the zero.
    return [type === 'g' && value < 0 && this.dialect.signedGauges ? `${head}:0|g${tail}\n${line}` : line];
  }
}
