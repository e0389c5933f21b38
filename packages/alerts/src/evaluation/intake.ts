import type { Metric, Point } from '@telltale/core';
import type { Selector, Threshold } from '../rule.ts';
import type { Group } from './group.ts';
import { DistributionHistory, NumberHistory } from './history.ts';
import { type Choice, choiceOf } from './selection.ts';
import type { Growth } from './series.ts';
import type { Timeline } from './timeline.ts';

/** What one selector of a rule makes of the series that it chooses. Its place among the rule's selectors is `slot`. */
export abstract class Intake {
  readonly metric: string;
  readonly chooses: Choice;
  /** Whether it wants the values of histograms, and not only how many there are. */
  readonly distribution: boolean = false;
  /** The unit of what it last took. */
  unit = '';
  /** What of its metric it cannot use, if anything. */
  unusable: string | undefined = undefined;
  protected readonly slot: number;

  constructor(selector: Selector, slot: number) {
    this.metric = selector.metric;
    this.chooses = choiceOf(selector);
    this.slot = slot;
  }

  /** Takes a series of a group, in the evaluation `round`. */
  abstract take(group: Group, metric: Metric, point: Point, growth: Growth, round: number): void;
}

interface Level {
  round: number;
  count: number;
  sum: number;
  min: number;
  max: number;
  isGauge: boolean;
}

/** Values as they are now. */
export class Levels extends Intake {
  take(group: Group, { type, unit }: Metric, point: Point, _growth: Growth, round: number): void {
    const value = 'value' in point ? point.value : point.count;
    if (Number.isNaN(value)) return;
    this.unit = 'value' in point ? unit : '';
    let level = group.cells[this.slot] as Level | undefined;
    if (level === undefined || level.round !== round) {
      level = { round, count: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, isGauge: true };
      group.cells[this.slot] = level;
    }
    level.count++;
    level.sum += value;
    level.min = Math.min(level.min, value);
    level.max = Math.max(level.max, value);
    level.isGauge &&= type === 'gauge';
  }

  /** `undefined` when there is no value. */
  value(group: Group, aggregate: Threshold['aggregate'], round: number): number | undefined {
    const level = group.cells[this.slot] as Level | undefined;
    if (level === undefined || level.round !== round) return undefined;
    switch (aggregate ?? (level.isGauge ? 'max' : 'sum')) {
      case 'sum':
        return level.sum;
      case 'max':
        return level.max;
      case 'min':
        return level.min;
      case 'avg':
        return level.sum / level.count;
    }
  }
}

/** How much came, over one or several windows. */
export class Amounts extends Intake {
  private readonly timelines: readonly Timeline[];

  constructor(selector: Selector, slot: number, timelines: readonly Timeline[]) {
    super(selector, slot);
    this.timelines = timelines;
  }

  take(group: Group, { type, unit }: Metric, _point: Point, { amount }: Growth): void {
    if (Number.isNaN(amount)) {
      this.unusable = `is ${described(type)}, which does not add up: use a threshold, or a counter`;
      return;
    }
    this.unit = type === 'counter' ? unit : '';
    if (amount === 0) return;
    let histories = group.cells[this.slot] as readonly NumberHistory[] | undefined;
    if (histories === undefined) {
      histories = this.timelines.map((timeline) => new NumberHistory(timeline));
      group.cells[this.slot] = histories;
    }
    for (const history of histories) history.add(amount);
  }

  /** Over the window of that number. */
  sum(group: Group, window = 0): number {
    return (group.cells[this.slot] as readonly NumberHistory[] | undefined)?.[window]?.sum() ?? 0;
  }
}

/** Which values came over a window. */
export class Values extends Intake {
  override readonly distribution = true;
  private readonly timeline: Timeline;

  constructor(selector: Selector, slot: number, timeline: Timeline) {
    super(selector, slot);
    this.timeline = timeline;
  }

  take(group: Group, metric: Metric, _point: Point, { values }: Growth): void {
    const { type, unit } = metric;
    if (type !== 'histogram' && type !== 'exponentialHistogram') {
      this.unusable = `is ${described(type)}, which has no percentiles of a window: use a histogram`;
      return;
    }
    this.unit = unit;
    if (values === undefined) return;
    group.cells[this.slot] ??= new DistributionHistory(this.timeline);
    const slot = (group.cells[this.slot] as DistributionHistory).current();
    if ('scale' in values) slot.addExponential(values);
    else if (type === 'histogram') slot.addExplicit(values, metric.boundaries);
  }

  history(group: Group): DistributionHistory | undefined {
    return group.cells[this.slot] as DistributionHistory | undefined;
  }
}

/** That it lives: a gauge or up-down counter that is there, another that grows. */
export class Signs extends Intake {
  take(group: Group, _metric: Metric, _point: Point, { amount }: Growth): void {
    if (amount !== 0) group.lastAlive = group.lastSeen;
  }
}

function described(type: Metric['type']): string {
  return type === 'upDownCounter' ? 'an up-down counter' : `a ${type}`;
}
