import type { Exemplar, ExponentialHistogramPoint, NumberPoint, SummaryPoint } from '@telltale/core';

/** A histogram series with explicit boundaries, however it was recorded. */
export interface Buckets {
  readonly bounds: readonly number[];
  /** Not accumulated; one more than there are bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly exemplars: readonly Exemplar[];
  readonly startTime: number;
}

/** An exponential histogram for a format that can hold it, and what others have. */
export interface NativeSeries {
  readonly point: ExponentialHistogramPoint;
  readonly classic: Buckets;
}

/** A series as it is written. */
export type Series = NumberPoint | Buckets | SummaryPoint | NativeSeries;

/** Takes the series of one family, one after the other. */
export interface SeriesSink {
  /** `labels` are what `LabelTexts` gives. True when much has come together, and the time should be looked at. */
  readonly write: (labels: string, series: Series) => boolean;
  /** A slice has become so large that it must end. */
  readonly full: boolean;
}
