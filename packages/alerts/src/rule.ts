import type { AttributeValue } from '@telltale/core';

export type Severity = 'critical' | 'error' | 'warning' | 'info';

/** What a value of an attribute must be: itself, one of these, with `*` for any text in it, or not one of these. `true`: that the attribute is there at all. Compared as text: 404 is `'404'`. */
export type Match =
  | AttributeValue
  | readonly AttributeValue[]
  | { readonly not: AttributeValue | readonly AttributeValue[] }
  | true;

/** Series of a metric: `{ metric: 'http.server.request.duration', where: { 'http.response.status_code': '5*' } }`. */
export interface Selector {
  /** As the service calls it, with dots. */
  readonly metric: string;
  /** All of these; a series without the attribute is only chosen by `{ not: … }`. Resource attributes count as attributes. */
  readonly where?: Readonly<Record<string, Match>>;
}

export type Comparison = '>' | '>=' | '<' | '<=';

interface Compared {
  readonly is: Comparison;
  readonly value: number;
  /** One alert per combination of these attributes (resource attributes count, such as `service.name`); default: `service.name`. */
  readonly by?: readonly string[];
}

/** A value as it is now: of gauges and up-down counters; of counters, the total. */
export interface Threshold extends Selector, Compared {
  readonly type: 'threshold';
  /** How the series of one alert become one value; default `max` for gauges, `sum` for others. */
  readonly aggregate?: 'sum' | 'max' | 'min' | 'avg';
}

/**
 * How much a counter, or the count of a histogram, grew per second over the last `over` seconds. Always divided by all of these, also while fewer were
 * watched; `<` and `<=` hold only once all were, and while the series are there.
 */
export interface Rate extends Selector, Compared {
  readonly type: 'rate';
  readonly over: number;
}

/** What part of `of` … `to` are, by how much both grew over the last `over` seconds. No alert while `to` grew by less than `atLeast` (default 1). */
export interface Ratio extends Compared {
  readonly type: 'ratio';
  readonly part: Selector;
  readonly of: Selector;
  readonly over: number;
  readonly atLeast?: number;
}

/** A quantile of a histogram, of what was recorded in the last `over` seconds. No alert while that is fewer than `atLeast` values (default 1). */
export interface Percentile extends Selector, Compared {
  readonly type: 'percentile';
  /** Between 0 and 1: 0.95. */
  readonly quantile: number;
  readonly over: number;
  readonly atLeast?: number;
}

/** That there is no such series, or a counter or histogram did not grow, for `over` seconds. A group is expected from when it was first seen, until it was gone for a day (or ten times `over`, if that is longer); without `by`, from the start, for ever. */
export interface Absence extends Selector {
  readonly type: 'absence';
  readonly over: number;
  readonly by?: readonly string[];
}

/** How fast an error budget is used up: fires when the ratio is above `factor × (1 - objective)` in both windows of a pair (Google's SRE workbook, chapter 5). */
export interface BurnRate {
  readonly type: 'burn-rate';
  readonly bad: Selector;
  readonly of: Selector;
  /** 0.999: three nines. */
  readonly objective: number;
  /** Seconds, and by how much faster than the budget allows. */
  readonly windows: readonly { readonly long: number; readonly short: number; readonly factor: number }[];
  /** Default `service.name`. */
  readonly by?: readonly string[];
  /** No alert while `of` grew by less in the long window; default 1. */
  readonly atLeast?: number;
}

export type Condition = Threshold | Rate | Ratio | Percentile | Absence | BurnRate;

/** When somebody is to be told what. Plain data: the same rules are evaluated here and made into rules of Prometheus, CloudWatch and others by `@telltale/templates`. */
export interface AlertRule {
  /** Unique: `HighErrorRate`. A letter, then letters, digits and `_`. */
  readonly name: string;
  readonly when: Condition;
  /** Seconds that the condition must hold before it fires; default 0. */
  readonly for?: number;
  /** Seconds that it goes on firing after the condition held last; default 0. */
  readonly keepFiringFor?: number;
  /** Default `warning`. */
  readonly severity?: Severity;
  /** Added to the alert's, which are the attributes of `by` (dots as `_`), `alertname`, `severity`. */
  readonly labels?: Readonly<Record<string, string>>;
  /** One line. `{{service_name}}` is a label, `{{value}}` the value with its unit. */
  readonly summary: string;
  /** What it means and what to do; may say labels and value, too, as may `runbook`. */
  readonly description?: string;
  readonly runbook?: string;
}
