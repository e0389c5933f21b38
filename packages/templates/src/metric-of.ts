import { TelemetryError } from '@telltale/core';
import { METRICS } from '@telltale/core/conventions';
import type { OwnMetric } from './target.ts';

/** The metric that a rule names: one of the service's own (`TemplateOptions.metrics`), or Telltale's. Throws for a name that is neither. */
export function metricOf(name: string, own: readonly OwnMetric[] = []): OwnMetric {
  const found = own.find((metric) => metric.name === name) ?? METRICS.find((metric) => metric.name === name);
  if (found !== undefined) return found;
  throw new TelemetryError(
    'ERR_OPTION',
    `Nothing is known of the metric "${name}", whose type and unit decide what it is called. Say them: metrics: [{ name: '${name}', type: 'counter', unit: '1' }].`,
  );
}
