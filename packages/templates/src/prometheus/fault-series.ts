import type { Comparison, Condition, Percentile, Selector } from '@telltale/alerts';
import { exampleOf, exampleWithout } from './example-labels.ts';
import { type Growths, isHistogram } from './growth.ts';

/** Seconds between samples. */
export const STEP = 60;

/** How many samples there are while all is well, while it is not, and while it is well again. */
type Phases = readonly [before: number, fault: number, after: number];
type Labels = Readonly<Record<string, string>>;

interface TestSeries {
  readonly sample: string;
  /** By attributes or as labels; without those of the service. */
  readonly labels: Labels;
  /** Of a bucket. */
  readonly le?: string;
  /** In promtool's notation. */
  readonly values: (phases: Phases) => string;
}

export interface FaultSeries {
  readonly all: readonly TestSeries[];
  /** What the service must be like, besides its name. */
  readonly resource: Labels;
}

/** Events per second of healthy traffic. */
const TRAFFIC = 10;
/** Seconds in which there is as much as a burn rate must have seen. */
const MOST = 300;
const DEFAULT_BY: readonly string[] = ['service.name'];

/** Series in which the condition holds in the middle and not around it. `undefined` where promtool has no notation for them. */
export function faultSeries(when: Condition, growths: Growths): FaultSeries | undefined {
  const by = when.by ?? (when.type === 'absence' ? [] : DEFAULT_BY);
  const resource: Record<string, string> = {};
  /** Attributes of the metric itself; those of its service go to the target. */
  const own = (labels: Labels, metric: string): Labels =>
    Object.fromEntries(
      Object.entries(labels).filter(([key, value]) => {
        const isOwn = !growths.isOfService(growths.metric(metric), key);
        if (!isOwn && key !== 'service.name') resource[key] = value;
        return isOwn;
      }),
    );
  const labelsFor = ({ metric, where = {} }: Selector): Labels => own(exampleOf(where, by), metric);
  const seriesOf = (selector: Selector, values: TestSeries['values']): TestSeries => ({
    sample: growths.sample(growths.metric(selector.metric)),
    labels: labelsFor(selector),
    values,
  });
  switch (when.type) {
    case 'threshold': {
      const [good, bad] = aroundOf(when.is, when.value);
      return { all: [seriesOf(when, levels(good, bad))], resource };
    }
    case 'rate': {
      const [good, bad] = aroundOf(when.is, when.value).map((rate) => Math.max(0, rate)) as [number, number];
      return { all: [seriesOf(when, rates(good, bad))], resource };
    }
    case 'ratio':
    case 'burn-rate': {
      const part = when.type === 'ratio' ? when.part : when.bad;
      if ([part, when.of].some(({ metric }) => growths.isNative(growths.metric(metric)))) return undefined;
      const [good, bad] = when.type === 'ratio' ? aroundOf(when.is, when.value) : [0, 1];
      const over = when.type === 'ratio' ? when.over : MOST;
      const traffic = trafficOf(when.atLeast, over);
      const isSame = part.metric === when.of.metric;
      const rest = (share: number): number => traffic * (isSame ? Math.max(0, 1 - share) : 1);
      const both = { metric: part.metric, where: { ...(isSame ? when.of.where : {}), ...part.where } };
      const others = isSame
        ? {
            ...seriesOf(when.of, rates(rest(good), rest(bad))),
            labels: own(exampleWithout(part.where ?? {}, when.of.where ?? {}, by), part.metric),
          }
        : seriesOf(when.of, rates(rest(good), rest(bad)));
      return { all: [seriesOf(both, rates(traffic * good, traffic * bad)), others], resource };
    }
    case 'percentile':
      if (growths.isNative(growths.metric(when.metric))) return undefined;
      return { all: histogram(when, growths, labelsFor(when)), resource };
    case 'absence': {
      const metric = growths.metric(when.metric);
      if (growths.isNative(metric)) return undefined;
      const isGrowing = metric.type === 'counter' || isHistogram(metric);
      return { all: [seriesOf(when, isGrowing ? rates(TRAFFIC, 0) : gap)], resource };
    }
  }
}

/** A value that is well, and one that is not. */
function aroundOf(is: Comparison, value: number): readonly [good: number, bad: number] {
  const less = value > 0 ? value / 2 : value - 1;
  const more = value > 0 && value < 1 ? (value + 1) / 2 : value > 0 ? value * 2 : value + 1;
  return is === '>' || is === '>=' ? [less, more] : [more, less];
}

function trafficOf(atLeast = 1, over: number): number {
  return Math.max(TRAFFIC, (2 * atLeast) / over);
}

/** All values are well below what the percentile is compared with, or well above it. */
function histogram(when: Percentile, growths: Growths, labels: Labels): readonly TestSeries[] {
  const { is, value, atLeast, over } = when;
  const metric = growths.metric(when.metric);
  const bounds = [value / 8, value / 4, value, value * 2, value * 4];
  const traffic = trafficOf(atLeast, over);
  const [good, bad] = is === '>' || is === '>=' ? [value / 4, value * 4] : [value * 4, value / 4];
  const bucket = (bound: number, le: string): TestSeries => ({
    sample: growths.sample(metric, 'bucket'),
    labels,
    le,
    values: rates(good <= bound ? traffic : 0, bad <= bound ? traffic : 0),
  });
  return [
    ...bounds.map((bound) => bucket(bound, `${round(bound)}`)),
    bucket(Number.POSITIVE_INFINITY, '+Inf'),
    { sample: growths.sample(metric), labels, values: rates(traffic, traffic) },
  ];
}

function levels(good: number, bad: number): TestSeries['values'] {
  return (phases) => phases.map((count, i) => `${round(i === 1 ? bad : good)}+0x${count - 1}`).join(' ');
}

function gap([before, fault, after]: Phases): string {
  return `1+0x${before - 1} _x${fault} 1+0x${after - 1}`;
}

/** A counter, by how much it grows in a second. */
function rates(good: number, bad: number): TestSeries['values'] {
  return (phases) => {
    let last = 0;
    return phases
      .map((count, i) => {
        const step = round((i === 1 ? bad : good) * STEP);
        const first = round(last + step);
        last = first + step * (count - 1);
        return `${first}+${step}x${count - 1}`;
      })
      .join(' ');
  };
}

function round(value: number): number {
  return Number(value.toPrecision(12));
}
