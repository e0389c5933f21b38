import type { BackendIntegration } from './backend-integration.ts';
import { INTEGRATIONS } from './integrations.ts';

/** A row of the README's table. */
export interface IntegrationRow {
  readonly type: string;
  readonly package: string;
  readonly signals: readonly string[];
  /** Options that must be given. */
  readonly required: readonly string[];
  /** All others. */
  readonly optional: readonly string[];
  /** What `dimensions` becomes; `undefined` where it is refused. */
  readonly dimensions: string | undefined;
}

/** What there is for `type`, for people. */
export function integrationTable(): readonly IntegrationRow[] {
  return INTEGRATIONS.map((one: BackendIntegration) => {
    const options = Object.entries(one.config.shape);
    const names = (optional: boolean) =>
      options.filter(([, schema]) => (schema._zod.def.type === 'optional') === optional).map(([name]) => name);
    return {
      type: one.type,
      package: one.package,
      signals: one.signals,
      required: names(false),
      optional: names(true),
      dimensions: one.dimensions === undefined ? undefined : one.dimensionsMean,
    };
  });
}
