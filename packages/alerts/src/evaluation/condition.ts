import type { Absence, BurnRate, Comparison, Condition, Percentile, Rate, Ratio, Threshold } from '../rule.ts';
import type { Group } from './group.ts';
import { byOf } from './group-by.ts';
import { Amounts, type Intake, Levels, Signs, Values } from './intake.ts';
import type { Timeline } from './timeline.ts';

/** When groups are evaluated. */
interface Moment {
  /** The number of the evaluation. */
  readonly round: number;
  /** Seconds of watching so far. */
  readonly now: number;
  /** The last time that nobody had watched before. */
  readonly since: number;
}

export interface Verdict {
  readonly holds: boolean;
  /** `undefined`: nothing is known. */
  readonly value: number | undefined;
}

/** A condition, ready to be evaluated. */
export interface Evaluable {
  readonly intakes: readonly Intake[];
  /** UCUM, with `%` for a share of a whole. */
  unit(): string;
  /** Of one group, after all series were taken in. */
  verdict(group: Group, moment: Moment): Verdict;
  /** Seconds for which a group without series is remembered. */
  readonly memory: number;
}

/** Timelines by how long they are and into how many parts they are cut; the same ones are shared. */
type TimelineOf = (window: number, parts: number) => Timeline;

/** How finely windows are kept: a sixtieth of the window, a fifteenth where each part is a whole distribution. */
const PARTS = 60;
const DISTRIBUTION_PARTS = 15;
/** Seconds: whoever was absent for a day (or ten times as long as it may be) is not expected any more, so that what was renamed is not missed for ever. */
const EXPECTED_FOR = 86_400;

const UNKNOWN: Verdict = { holds: false, value: undefined };

export function evaluableOf(condition: Condition, timelineOf: TimelineOf): Evaluable {
  switch (condition.type) {
    case 'threshold':
      return threshold(condition);
    case 'rate':
      return rate(condition, timelineOf);
    case 'ratio':
      return ratio(condition, timelineOf);
    case 'percentile':
      return percentile(condition, timelineOf);
    case 'absence':
      return absence(condition);
    case 'burn-rate':
      return burnRate(condition, timelineOf);
  }
}

function threshold(condition: Threshold): Evaluable {
  const levels = new Levels(condition, 0);
  return {
    intakes: [levels],
    memory: 0,
    unit: () => levels.unit,
    verdict: (group, { round }) => compared(levels.value(group, condition.aggregate, round), condition),
  };
}

function rate(condition: Rate, timelineOf: TimelineOf): Evaluable {
  const { over, is } = condition;
  const amounts = new Amounts(condition, 0, [timelineOf(over, PARTS)]);
  return {
    intakes: [amounts],
    memory: over,
    unit: () => `${amounts.unit}/s`,
    verdict: (group, { now, since }) => {
      // What is not in the window yet, or whose series are gone, is too little only because nobody looked.
      const mayBeLow = is === '<' || is === '<=';
      if (mayBeLow && (now - Math.max(group.firstSeen, since) < over || group.lastSeen < now)) return UNKNOWN;
      return compared(amounts.sum(group) / over, condition);
    },
  };
}

function ratio(condition: Ratio, timelineOf: TimelineOf): Evaluable {
  const { over, atLeast = 1 } = condition;
  const timelines = [timelineOf(over, PARTS)];
  const part = new Amounts(condition.part, 0, timelines);
  const of = new Amounts(condition.of, 1, timelines);
  return {
    intakes: [part, of],
    memory: over,
    unit: () => (part.unit === of.unit ? '%' : ''),
    verdict: (group) => compared(shareOf(part.sum(group), of.sum(group), atLeast), condition),
  };
}

function percentile(condition: Percentile, timelineOf: TimelineOf): Evaluable {
  const { over, atLeast = 1, quantile } = condition;
  const values = new Values(condition, 0, timelineOf(over, DISTRIBUTION_PARTS));
  return {
    intakes: [values],
    memory: over,
    unit: () => values.unit,
    verdict: (group) => {
      const all = values.history(group)?.sum();
      if (all === undefined || !isEnough(all.count, atLeast)) return UNKNOWN;
      return compared(all.quantile(quantile), condition);
    },
  };
}

function absence(condition: Absence): Evaluable {
  const { over } = condition;
  const memory = byOf(condition).length === 0 ? Number.POSITIVE_INFINITY : Math.max(EXPECTED_FOR, 10 * over);
  return {
    intakes: [new Signs(condition, 0)],
    memory,
    unit: () => 's',
    verdict: ({ lastAlive, lastSeen }, { now }) => ({
      holds: now - lastAlive >= over && now - lastSeen <= memory,
      value: undefined,
    }),
  };
}

function burnRate(condition: BurnRate, timelineOf: TimelineOf): Evaluable {
  const { windows, objective, atLeast = 1 } = condition;
  const timelines = windows.flatMap(({ long, short }) => [timelineOf(long, PARTS), timelineOf(short, PARTS)]);
  const bad = new Amounts(condition.bad, 0, timelines);
  const of = new Amounts(condition.of, 1, timelines);
  return {
    intakes: [bad, of],
    memory: Math.max(...windows.map(({ long }) => long)),
    unit: () => '%',
    verdict: (group) => {
      let first: number | undefined;
      for (const [i, { factor }] of windows.entries()) {
        const long = shareOf(bad.sum(group, 2 * i), of.sum(group, 2 * i), atLeast);
        const short = shareOf(bad.sum(group, 2 * i + 1), of.sum(group, 2 * i + 1), 0);
        first ??= long;
        const limit = factor * (1 - objective);
        if (long !== undefined && short !== undefined && long > limit && short > limit) {
          return { holds: true, value: long };
        }
      }
      return { holds: false, value: first };
    },
  };
}

/** `undefined` where the whole is too small to say. */
function shareOf(part: number, whole: number, atLeast: number): number | undefined {
  return whole > 0 && isEnough(whole, atLeast) ? part / whole : undefined;
}

/** Shares of slots make fractions of what are whole numbers. */
function isEnough(count: number, atLeast: number): boolean {
  return count > 0 && count >= atLeast - 1e-9 * atLeast;
}

function compared(
  value: number | undefined,
  { is, value: limit }: { readonly is: Comparison; readonly value: number },
): Verdict {
  if (value === undefined || Number.isNaN(value)) return UNKNOWN;
  switch (is) {
    case '>':
      return { holds: value > limit, value };
    case '>=':
      return { holds: value >= limit, value };
    case '<':
      return { holds: value < limit, value };
    case '<=':
      return { holds: value <= limit, value };
  }
}
