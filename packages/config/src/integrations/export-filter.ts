import type { ExportFilter } from '@telltale/core';
import type { ParsedExporterEntry } from './exporter-entry.ts';
import type { Tenant } from './tenants-of.ts';

type Belongs = (attributes: Readonly<Record<string, unknown>>) => boolean;

/** What an entry says of `metrics` and `attributes`, and a tenant, as core's filter; `undefined` for everything. Values are compared as texts. */
export function exportFilter(
  { metrics, attributes }: Pick<ParsedExporterEntry, 'metrics' | 'attributes'>,
  tenant: Tenant | undefined,
): ExportFilter | undefined {
  const { include, exclude } = metrics ?? {};
  const selected = include !== undefined || exclude !== undefined;
  const belongs = belongsTo(attributes ?? {}, tenant);
  if (!selected && belongs === undefined) return undefined;
  return {
    ...(selected && {
      metrics: { ...(include !== undefined && { include }), ...(exclude !== undefined && { exclude }) },
    }),
    ...(belongs !== undefined && {
      series: (_, own) => belongs(own),
      spans: (span) => belongs(span.attributes),
      events: (event) => belongs(event.attributes),
    }),
  };
}

function belongsTo(
  attributes: NonNullable<ParsedExporterEntry['attributes']>,
  tenant: Tenant | undefined,
): Belongs | undefined {
  const rules = Object.entries(attributes).map(([key, values]): Belongs => {
    const wanted = new Set(values.map(String));
    return (own) => wanted.has(textOf(own, key));
  });
  if (tenant !== undefined) rules.push((own) => tenant.owns(textOf(own, tenant.attribute)));
  return rules.length === 0 ? undefined : (own) => rules.every((rule) => rule(own));
}

/** Empty where it is missing: an attribute that is empty says nothing either. */
function textOf(attributes: Readonly<Record<string, unknown>>, key: string): string {
  return Object.hasOwn(attributes, key) ? String(attributes[key] ?? '') : '';
}
