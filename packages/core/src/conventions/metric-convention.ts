import type { MetricType } from '../metrics/snapshot.ts';

/** What one of Telltale's own metrics is: what dashboards and alert rules are generated from. */
export interface MetricConvention {
  /** With dots, as instruments are called. */
  readonly name: string;
  readonly type: MetricType;
  /** UCUM; empty where the library that makes it gives none. */
  readonly unit: string;
  readonly description: string;
  /** All keys that its series may have, those included that only some have. Attributes that a service adds by its options are not among them. */
  readonly attributes: readonly string[];
  /**
   * `runtime`: with the option `runtime: true`, named and kept by OpenTelemetry's libraries. `native`: of @telltale/native. `function`: of the
   * decorators `@Timed()` and `@Counted()` of @telltale/nest without a name.
   */
  readonly about: MetricSubject;
}

export type MetricSubject =
  | 'request'
  | 'job'
  | 'queue'
  | 'pool'
  | 'boundary'
  | 'lock'
  | 'native'
  | 'function'
  | 'runtime'
  | 'telemetry';
