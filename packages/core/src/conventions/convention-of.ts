import { TelemetryError } from '../errors.ts';
import type { MetricConvention } from './metric-convention.ts';
import { METRICS } from './metrics.ts';
import { nearestName } from './nearest-name.ts';

const MAX_SHOWN = 100;

/** The one of Telltale's own metrics that is called so, with dots. Throws `ERR_OPTION`, which says the nearest name, when there is none. */
export function conventionOf(name: string): MetricConvention {
  const found = METRICS.find((metric) => metric.name === name);
  if (found !== undefined) return found;
  const nearest = nearestName(
    name,
    METRICS.map((metric) => metric.name),
  );
  throw new TelemetryError(
    'ERR_OPTION',
    `Telltale has no metric of its own called "${name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}…` : name}"; the nearest is "${nearest}". METRICS of @telltale/core/conventions lists all.`,
  );
}
