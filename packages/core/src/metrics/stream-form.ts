import type { SummaryOptions } from './summary.ts';

/** What an instrument is to those who record on it. */
export type InstrumentKind =
  | 'counter'
  | 'upDownCounter'
  | 'gauge'
  | 'histogram'
  | 'summary'
  | 'observableCounter'
  | 'observableUpDownCounter'
  | 'observableGauge';

interface HistogramForm {
  readonly type: 'histogram';
  readonly boundaries: readonly number[];
  readonly minMax: boolean;
}

interface ExponentialHistogramForm {
  readonly type: 'exponentialHistogram';
  /** Buckets a side. */
  readonly maxSize: number;
  readonly minMax: boolean;
}

interface SummaryForm {
  readonly type: 'summary';
  readonly options: SummaryOptions;
}

/** What becomes of an instrument's measurements: which type of series, and what it needs to know. */
export type StreamForm =
  | { readonly type: 'counter' | 'upDownCounter' | 'gauge' }
  | HistogramForm
  | ExponentialHistogramForm
  | SummaryForm;

/** What the specification has histograms use that say nothing of their buckets. */
export const DEFAULT_BOUNDARIES: readonly number[] = Object.freeze([
  0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000,
]);

export function isObservable(kind: InstrumentKind): boolean {
  return kind.startsWith('observable');
}

/** How a sum over the instrument's measurements behaves: the specification's table of monotonicity. A summary takes values below 0. */
export function sumForm(kind: InstrumentKind): StreamForm {
  const rises = kind === 'counter' || kind === 'observableCounter' || kind === 'histogram';
  return { type: rises ? 'counter' : 'upDownCounter' };
}
