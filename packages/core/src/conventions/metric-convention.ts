import type { MetricType } from '../metrics/snapshot.ts';

/** What one of Telltale's own metrics is: what dashboards and alert rules are generated from. */
export interface MetricConvention {
  /** With dots, as instruments are called. */
  readonly name: string;
  readonly type: MetricType;
  /** UCUM. */
  readonly unit: string;
  readonly description: string;
  /** All keys that its series may have, those included that only some have. */
  readonly attributes: readonly string[];
  /** `runtime`: with the option `runtime: true`, named and kept by OpenTelemetry's libraries. */
  readonly about: 'request' | 'job' | 'queue' | 'pool' | 'boundary' | 'lock' | 'runtime' | 'telemetry';
}
