import type { BoundCounter, Counter } from './counter.ts';
import type { BoundGauge, Gauge } from './gauge.ts';
import type { BoundHistogram, Histogram } from './histogram.ts';
import type { Observable } from './observable.ts';
import type { BoundSummary, Summary } from './summary.ts';
import type { BoundUpDownCounter, UpDownCounter } from './up-down-counter.ts';

type AnySeries = BoundCounter & BoundUpDownCounter & BoundGauge & BoundHistogram & BoundSummary;
type AnyInstrument = Counter & UpDownCounter & Gauge & Histogram & Summary & Observable;

const SERIES: AnySeries = Object.freeze({
  value: 0,
  count: 0,
  sum: 0,
  add() {},
  record() {},
  quantile: () => Number.NaN,
});

/** Stands for every instrument that is switched off: recording on it is an empty call. */
export const NOOP_INSTRUMENT: AnyInstrument = Object.freeze({
  add() {},
  record() {},
  bind: () => SERIES,
  addCallback() {},
  removeCallback() {},
});
