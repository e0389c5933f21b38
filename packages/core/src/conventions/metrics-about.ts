import type { MetricType } from '../metrics/snapshot.ts';
import type { MetricConvention, MetricSubject } from './metric-convention.ts';

/** Name, type, unit, description, and the attributes' keys. */
export type MetricRow = readonly [
  name: string,
  type: MetricType,
  unit: string,
  description: string,
  ...attributes: string[],
];

/** The metrics of one subject, frozen. */
export function metricsAbout(about: MetricSubject, rows: readonly MetricRow[]): readonly MetricConvention[] {
  return rows.map(([name, type, unit, description, ...attributes]) =>
    Object.freeze({ name, type, unit, description, attributes: Object.freeze(attributes), about }),
  );
}
