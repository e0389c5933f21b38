import type { BurnRate, Condition, Percentile, Ratio, Selector, Threshold } from '@telltale/alerts';
import { TelemetryError } from '@telltale/core';
import type { OwnMetric } from '../target.ts';
import { duration } from './duration.ts';
import { type Growths, isHistogram } from './growth.ts';
import { prometheusLabel } from './prometheus-name.ts';

const DEFAULT_BY: readonly string[] = ['service.name'];

/** A condition in PromQL: has one sample per alert, whose value is what is to be told. Throws `ERR_OPTION` for what the metric is not. */
export function conditionExpression(when: Condition, growths: Growths): string {
  switch (when.type) {
    case 'threshold':
      return threshold(when, growths);
    case 'rate': {
      const { by = DEFAULT_BY, over, is, value } = when;
      expectGrowing(when, growths);
      const guard = is === '<' || is === '<=' ? ` and ${wholeWindow(when, over, by, growths)}` : '';
      return `${sum(growths.of(when, over, by), by)} / ${over} ${is} ${value}${guard}`;
    }
    case 'ratio': {
      const { part, of, over, by = DEFAULT_BY, is, value, atLeast = 1 } = when;
      return `${ratio({ part, of, over, by, is }, growths)} ${is} ${value} and ${enough(of, over, by, atLeast, growths)}`;
    }
    case 'percentile':
      return percentile(when, growths);
    case 'absence':
      return growths.metric(when.metric).type === 'counter' || isHistogram(growths.metric(when.metric))
        ? standstill(when, growths)
        : goneSeries(when, growths);
    case 'burn-rate':
      return burnRate(when, growths);
  }
}

function threshold({ aggregate, by = DEFAULT_BY, is, value, ...selector }: Threshold, growths: Growths): string {
  const { name, type } = growths.metric(selector.metric);
  if (type === 'histogram' || type === 'exponentialHistogram' || type === 'summary')
    throw new TelemetryError(
      'ERR_OPTION',
      `"${name}" is a ${type} and has no value of its own; use a percentile or a rate.`,
    );
  const how = aggregate ?? (type === 'gauge' ? 'max' : 'sum');
  return `${aggregated(how, by)} (${growths.now(selector, by)}) ${is} ${value}`;
}

function percentile(
  { quantile, over, by = DEFAULT_BY, is, value, atLeast = 1, ...selector }: Percentile,
  growths: Growths,
): string {
  const metric = growths.metric(selector.metric);
  if (!isHistogram(metric))
    throw new TelemetryError('ERR_OPTION', `"${metric.name}" is a ${metric.type}, and percentiles are of histograms.`);
  if (growths.isNative(metric)) {
    const grew = sum(growths.of(selector, over, by, 'native'), by);
    return `histogram_quantile(${quantile}, ${grew}) ${is} ${value} and histogram_count(${grew}) >= ${atLeast}`;
  }
  const buckets = `${aggregated('sum', by, 'le')} (${growths.of(selector, over, by, 'bucket')})`;
  return `histogram_quantile(${quantile}, ${buckets}) ${is} ${value} and ${enough(selector, over, by, atLeast, growths)}`;
}

function burnRate({ bad, of, objective, windows, by = DEFAULT_BY, atLeast = 1 }: BurnRate, growths: Growths): string {
  return windows
    .map(({ long, short, factor }) => {
      const budget = Number((factor * (1 - objective)).toPrecision(12));
      const above = (over: number): string => `${ratio({ part: bad, of, over, by, is: '>' }, growths)} > ${budget}`;
      return `(${above(long)} and ${above(short)} and ${enough(of, long, by, atLeast, growths)})`;
    })
    .join(' or ');
}

/** The groups that were there at the start of the window and are now: of others it is too little only because nobody looked. */
function wholeWindow(selector: Selector, over: number, by: readonly string[], growths: Growths): string {
  const there = aggregated('group', by);
  const before = growths.now(selector, by, (vector) => `${vector} offset ${duration(over)}`);
  return `${there} (${growths.now(selector, by)}) and ${there} (${before})`;
}

/** Where nothing is bad there may be no series of it, which matters to those who wait for less. */
function ratio(
  { part, of, over, by, is }: Pick<Ratio, 'part' | 'of' | 'over' | 'is'> & { readonly by: readonly string[] },
  growths: Growths,
): string {
  expectGrowing(part, growths);
  expectGrowing(of, growths);
  const whole = sum(growths.of(of, over, by), by);
  const some = sum(growths.of(part, over, by), by);
  return is === '<' || is === '<=' ? `((${some} or ${whole} * 0) / ${whole})` : `${some} / ${whole}`;
}

function enough(of: Selector, over: number, by: readonly string[], atLeast: number, growths: Growths): string {
  return `${sum(growths.of(of, over, by), by)} >= ${atLeast}`;
}

interface Absent extends Selector {
  readonly over: number;
  readonly by?: readonly string[];
}

/** A counter or histogram that grows no more. */
function standstill({ over, by = [], ...selector }: Absent, growths: Growths): string {
  const grew = `${sum(growths.of(selector, over, by), by)} > 0`;
  return `${expected(selector, over, by, growths)} unless${by.length === 0 ? ' on ()' : ''} (${grew})`;
}

/** A gauge that is no more. */
function goneSeries({ over, by = [], ...selector }: Absent, growths: Growths): string {
  const window = duration(over);
  const there = aggregated('group', by);
  const seen = growths.now(selector, by, (vector) => `last_over_time(${vector}[${window}])`);
  return `${expected(selector, over, by, growths)} unless${by.length === 0 ? ' on ()' : ''} ${there} (${seen})`;
}

/** The groups that were there before the time that they may be silent for. */
function expected(selector: Selector, over: number, by: readonly string[], growths: Growths): string {
  if (by.length === 0) return 'vector(1)';
  const window = `[${duration(growths.remembered(over))}] offset ${duration(over)}`;
  return `${aggregated('group', by)} (${growths.now(selector, by, (vector) => `last_over_time(${vector}${window})`)})`;
}

function sum(vector: string, by: readonly string[]): string {
  return `${aggregated('sum', by)} (${vector})`;
}

function aggregated(how: string, by: readonly string[], ...more: readonly string[]): string {
  const labels = [...by.map(prometheusLabel), ...more];
  return labels.length === 0 ? how : `${how} by (${labels.join(', ')})`;
}

function expectGrowing({ metric: name }: Selector, growths: Growths): void {
  const metric: OwnMetric = growths.metric(name);
  if (metric.type === 'counter' || isHistogram(metric)) return;
  throw new TelemetryError('ERR_OPTION', `"${name}" is a ${metric.type} and does not grow; use a threshold.`);
}
