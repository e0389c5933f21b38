import {
  type ExponentialHistogramPoint,
  type HistogramPoint,
  type Metric,
  type Point,
  pointDifference,
} from '@telltale/core';
import type { Group } from './group.ts';

/** What came to a series since it was last read. */
export interface Growth {
  /** Of a counter, by how much it grew; of a histogram or summary, how many values. NaN for what does not add up. */
  amount: number;
  /** Of a histogram whose distribution is asked for; `undefined` when nothing came. */
  values: HistogramPoint | ExponentialHistogramPoint | undefined;
}

/** A series, as far as it is known from one evaluation to the next. */
export class Series {
  /** By selector: the group it belongs to, `null` where it is not chosen, `undefined` where that is not known yet. */
  readonly groups: (Group | null | undefined)[] = [];
  private total = Number.NaN;
  /** Of a histogram whose distribution is asked for. */
  private point: HistogramPoint | ExponentialHistogramPoint | undefined = undefined;

  /**
   * Reads the point into `growth`. The first time, all that it holds is new if it `began` lately; else only what comes from now on is. A total that
   * fell began anew, so all it holds is new, as in Prometheus. The start time is not asked: it moves when a clock is corrected.
   */
  read(metric: Metric, point: Point, began: boolean, distribution: boolean, growth: Growth): void {
    const { type } = metric;
    growth.values = undefined;
    if (type === 'gauge' || type === 'upDownCounter') {
      growth.amount = Number.NaN;
      return;
    }
    const isFirst = Number.isNaN(this.total);
    if (distribution && (type === 'histogram' || type === 'exponentialHistogram')) {
      const latest = point as HistogramPoint | ExponentialHistogramPoint;
      const isOld = isFirst ? !began : latest.count === this.total && latest.sum === this.point?.sum;
      const values = isOld ? undefined : pointDifference(type, latest, this.point);
      this.point = latest;
      this.total = latest.count;
      growth.amount = values === undefined ? 0 : (values as HistogramPoint | ExponentialHistogramPoint).count;
      growth.values = values as Growth['values'];
      return;
    }
    const total = 'value' in point ? point.value : point.count;
    if (isFirst) growth.amount = began ? total : 0;
    else growth.amount = total >= this.total ? total - this.total : total;
    this.total = total;
    // Of what adds up, less than nothing cannot have come.
    if (!(growth.amount > 0 && growth.amount < Number.POSITIVE_INFINITY)) growth.amount = 0;
  }
}
