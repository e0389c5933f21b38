import type { Signal } from '@telltale/core';
import { onlySet } from './only-set.ts';

/** As it is read, where a signal may be there and say nothing. */
type Interval = number | Readonly<Partial<Record<Signal, number | undefined>>>;

/** One number stands for every signal. */
export function mergeIntervals<T extends Interval>(weaker: T | undefined, stronger: T | undefined): T | undefined;
export function mergeIntervals(weaker: Interval | undefined, stronger: Interval | undefined): Interval | undefined {
  if (weaker === undefined || typeof stronger === 'number') return stronger ?? weaker;
  return stronger === undefined ? weaker : { ...perSignal(weaker), ...onlySet(stronger) };
}

function perSignal(interval: Interval): Exclude<Interval, number> {
  return typeof interval === 'number' ? { metrics: interval, spans: interval, events: interval } : interval;
}
