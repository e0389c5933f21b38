import type { Severity } from '@telltale/alerts';

/** A series of a metric, by all its dimensions beside those of the service. */
export interface ExactMetric {
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** One entry of an alarm's `Metrics`: a series, or an expression. */
export interface AlarmQuery {
  readonly id: string;
  /** Seconds. */
  readonly period?: number;
  readonly metric?: ExactMetric;
  readonly stat?: string;
  readonly expression?: string;
  readonly label?: string;
}

interface Described {
  /** Letters and digits: the logical id, and behind the stack's name its own. */
  readonly id: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly description: string;
}

export interface MetricAlarm extends Described {
  readonly kind: 'metric';
  /** The last one is watched. */
  readonly queries: readonly AlarmQuery[];
  readonly comparison: Operator;
  readonly threshold: number;
  readonly periods: number;
  readonly missing: 'breaching' | 'notBreaching';
  /** Parts of a composite alarm tell nobody. */
  readonly tells: boolean;
}

interface CompositeAlarm extends Described {
  readonly kind: 'composite';
  /** Ids: all of one of these. */
  readonly anyOf: readonly (readonly string[])[];
}

export type Alarm = MetricAlarm | CompositeAlarm;

export type Operator =
  | 'GreaterThanThreshold'
  | 'GreaterThanOrEqualToThreshold'
  | 'LessThanThreshold'
  | 'LessThanOrEqualToThreshold';

export const OPERATORS = {
  '>': 'GreaterThanThreshold',
  '>=': 'GreaterThanOrEqualToThreshold',
  '<': 'LessThanThreshold',
  '<=': 'LessThanOrEqualToThreshold',
} as const satisfies Readonly<Record<string, Operator>>;
