import type { ParsedExporterEntry } from './exporter-entry.ts';

/** Whose data an exporter is handed: of one tenant, or of all that are not listed. */
export interface Tenant {
  /** Fills `{tenant}`, and ends the exporter's name. */
  readonly name: string;
  readonly attribute: string;
  readonly owns: (value: string) => boolean;
}

/** What tells the exporter for the others. */
const REST = 'rest';

/** The tenants of an entry; one that is missing stands for everything. */
export function tenantsOf({ tenants }: Pick<ParsedExporterEntry, 'tenants'>): readonly (Tenant | undefined)[] {
  if (tenants === undefined) return [undefined];
  const { attribute, rest = false } = tenants;
  const names = tenants.names.map(String);
  const listed = new Set(names);
  return [
    ...names.map((name) => ({ name, attribute, owns: (value: string) => value === name })),
    ...(rest ? [{ name: REST, attribute, owns: (value: string) => !listed.has(value) }] : []),
  ];
}

/** What an exporter is called in health and errors. */
export function exporterName(
  { name, type }: Pick<ParsedExporterEntry, 'name' | 'type'>,
  tenant: Tenant | undefined,
): string {
  return tenant === undefined ? (name ?? type) : `${name ?? type}-${tenant.name}`;
}
