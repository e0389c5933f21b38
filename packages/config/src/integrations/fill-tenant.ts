import { TelemetryError } from '@telltale/core';

const PLACE = '{tenant}';

/** The value with `{tenant}` filled into its texts. Throws where there is no tenant to fill in: the text would be sent as it stands. */
export function fillTenant<T>(value: T, tenant: string | undefined, path: string): T {
  return filled(value, tenant, path) as T;
}

function filled(value: unknown, tenant: string | undefined, path: string): unknown {
  if (typeof value === 'string') {
    if (!value.includes(PLACE)) return value;
    if (tenant !== undefined) return value.replaceAll(PLACE, () => tenant);
    throw new TelemetryError(
      'ERR_OPTION',
      `"${path}" has ${PLACE}, and this exporter has no tenants; add tenants: { attribute: tenant.id, names: […] }, or write the name.`,
    );
  }
  if (Array.isArray(value)) return value.map((item, at) => filled(item, tenant, `${path}[${at}]`));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, tenant, `${path}.${key}`)]));
}
