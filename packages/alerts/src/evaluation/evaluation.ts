import { type Metric, type MetricsSnapshot, messageOf, Pace, type Point } from '@telltale/core';
import type { Alert } from '../alert.ts';
import type { AlertRule } from '../rule.ts';
import { AlertStates, type Instant } from './alert-states.ts';
import { type Evaluable, evaluableOf } from './condition.ts';
import { Groups } from './group.ts';
import { byOf } from './group-by.ts';
import type { Intake } from './intake.ts';
import { type Growth, Series } from './series.ts';
import { Timeline } from './timeline.ts';

/** Combinations of the attributes of `by` that a rule tells apart. */
const MAX_GROUPS = 1000;
/** Points, or groups, between two looks at the time. */
const PER_LOOK = 200;
/** Seconds: what a series holds that is seen for the first time is new if it began so lately. Metrics of other processes come up to a minute late. */
const LATELY = 120;
/** Intervals without an evaluation after which nobody is taken to have watched. */
const MISSED = 4;

export interface EvaluationOptions {
  /** Checked. */
  readonly rules: readonly AlertRule[];
  /** Seconds between evaluations, about. */
  readonly interval: number;
  /** Monotonic seconds at which it begins. */
  readonly begin: number;
  /** Tells what is wrong, once for each subject. */
  readonly problem: (subject: string, message: () => string) => void;
}

/** A rule with all that is known for it. */
interface Watch {
  readonly rule: AlertRule;
  readonly condition: Evaluable;
  readonly groups: Groups;
  readonly states: AlertStates;
}

interface Taker {
  readonly watch: Watch;
  readonly intake: Intake;
}

/** The series of one metric name, and who wants them. */
interface Wanted {
  readonly takers: readonly Taker[];
  readonly distribution: boolean;
  /** What is known of a series goes when its attributes object does. */
  readonly series: WeakMap<object, Series>;
}

/** Evaluates rules on one cumulative snapshot after the other, at any interval. Memory is bounded by series, rules and groups. */
export class Evaluation {
  private readonly options: EvaluationOptions;
  private readonly watches: readonly Watch[];
  private readonly wanted: ReadonlyMap<string, Wanted>;
  private readonly timelines = new Map<string, Timeline>();
  private readonly growth: Growth = { amount: 0, values: undefined };
  private round = 0;
  private lastNow: number;
  /** Seconds for which there were evaluations: a gap counts as one missed. */
  private watched = 0;
  /** The same, when the last gap was over. */
  private since = 0;

  constructor(options: EvaluationOptions) {
    this.options = options;
    this.lastNow = options.begin;
    this.watches = options.rules.map((rule) => ({
      rule,
      condition: evaluableOf(rule.when, (window, parts) => this.timelineOf(window, parts)),
      groups: new Groups(byOf(rule.when), MAX_GROUPS),
      states: new AlertStates(rule),
    }));
    this.expectAll();
    this.wanted = wantedBy(this.watches);
  }

  /** `now`: monotonic seconds at which the snapshot was taken. Long ones are cut into slices; one must have resolved before the next begins. Never rejects. */
  async evaluate(snapshot: MetricsSnapshot, now: number): Promise<void> {
    const pace = new Pace();
    this.advance(now);
    for (const metric of snapshot.metrics) {
      const wanted = this.wanted.get(metric.name);
      if (wanted !== undefined) await this.take(metric, wanted, snapshot.time, pace);
    }
    for (const watch of this.watches) {
      try {
        await this.judge(watch, { now, time: snapshot.time }, pace);
      } catch (error) {
        this.tell(watch.rule, 'failed', () => `could not be evaluated (${messageOf(error)})`);
      }
    }
  }

  /** Those that are pending or firing, and those that were over in the last 15 minutes. */
  alerts(isSilenced: (labels: Readonly<Record<string, string>>) => boolean = () => false): readonly Alert[] {
    return this.watches.flatMap(({ states }) => [...states.alerts(isSilenced)]);
  }

  /** Begins anew: no alerts, no groups. */
  forget(): void {
    for (const { groups, states } of this.watches) {
      states.clear();
      groups.clear();
    }
    this.expectAll();
  }

  private expectAll(): void {
    for (const { rule, groups } of this.watches) {
      if (rule.when.type === 'absence' && byOf(rule.when).length === 0) groups.only(this.watched);
    }
  }

  private advance(now: number): void {
    const elapsed = Math.max(0, now - this.lastNow);
    const { interval } = this.options;
    const missed = elapsed > MISSED * interval;
    this.watched += missed ? interval : elapsed;
    if (missed) this.since = this.watched;
    this.lastNow = now;
    this.round++;
    for (const timeline of this.timelines.values()) timeline.advance(now);
    for (const { groups } of this.watches) groups.leftOut = 0;
  }

  private async take(metric: Metric, wanted: Wanted, time: number, pace: Pace): Promise<void> {
    const since = time - Math.max(LATELY, 2 * this.options.interval);
    let read = 0;
    for (const point of metric.points as readonly Point[]) {
      if (++read % PER_LOOK === 0 && pace.over()) await pace.rest();
      let series = wanted.series.get(point.attributes);
      if (series === undefined) {
        series = new Series();
        wanted.series.set(point.attributes, series);
      }
      // What is observed was counted by somebody else, perhaps since the machine started.
      const began = metric.observable !== true && point.startTime >= since;
      series.read(metric, point, began, wanted.distribution, this.growth);
      this.hand(metric, point, series, wanted.takers);
    }
  }

  private hand(metric: Metric, point: Point, series: Series, takers: readonly Taker[]): void {
    for (let i = 0; i < takers.length; i++) {
      const { watch, intake } = takers[i] as Taker;
      let group = series.groups[i];
      if (group === null) continue;
      if (group === undefined || group.gone) {
        if (!intake.chooses(point.attributes, metric.resource)) {
          series.groups[i] = null;
          continue;
        }
        group = watch.groups.of(point.attributes, metric.resource, this.watched);
        series.groups[i] = group;
        if (group === undefined) continue;
      }
      group.lastSeen = this.watched;
      intake.take(group, metric, point, this.growth, this.round);
    }
  }

  private async judge({ rule, condition, groups, states }: Watch, instant: Instant, pace: Pace): Promise<void> {
    const moment = { round: this.round, now: this.watched, since: this.since };
    let judged = 0;
    for (const group of groups) {
      if (++judged % PER_LOOK === 0 && pace.over()) await pace.rest();
      states.update(group, condition.verdict(group, moment), condition.unit(), instant);
      if (this.watched - group.lastSeen > condition.memory && !states.isActive(group.key)) groups.remove(group);
    }
    states.tidy(instant.now);
    for (const { metric, unusable } of condition.intakes) {
      if (unusable !== undefined) this.tell(rule, 'unusable', () => `finds that "${metric}" ${unusable}`);
    }
    if (groups.leftOut > 0) {
      this.tell(
        rule,
        'groups',
        () =>
          `has ${groups.size} combinations of ${byOf(rule.when).join(', ')}: ${groups.leftOut} series with further ones are left out. Let it tell fewer apart (\`by\`), or choose fewer (\`where\`)`,
      );
    }
    await pacedOver(pace);
  }

  private timelineOf(window: number, parts: number): Timeline {
    const key = `${window}/${parts}`;
    let timeline = this.timelines.get(key);
    if (timeline === undefined) {
      timeline = new Timeline(window, this.options.interval, parts, this.options.begin);
      this.timelines.set(key, timeline);
    }
    return timeline;
  }

  private tell({ name }: AlertRule, what: string, message: () => string): void {
    this.options.problem(`alerts.${name}.${what}`, () => `The alert rule ${name} ${message()}.`);
  }
}

async function pacedOver(pace: Pace): Promise<void> {
  if (pace.over()) await pace.rest();
}

function wantedBy(watches: readonly Watch[]): ReadonlyMap<string, Wanted> {
  const takers = watches.flatMap((watch) => watch.condition.intakes.map((intake) => ({ watch, intake })));
  const names = new Set(takers.map(({ intake }) => intake.metric));
  return new Map(
    [...names].map((name) => {
      const own = takers.filter(({ intake }) => intake.metric === name);
      const distribution = own.some(({ intake }) => intake.distribution);
      return [name, { takers: own, distribution, series: new WeakMap() }];
    }),
  );
}
