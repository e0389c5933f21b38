import type { InstrumentationScope } from '@telltale/core';
import { labelsOf, type OwnLabels } from './labels.ts';
import type { Naming } from './naming.ts';
import { SCOPE_PREFIX } from './series-labels.ts';

/** OpenTelemetry, "Prometheus and OpenMetrics Compatibility", "Instrumentation Scope". */
export function scopeLabels(
  { name, version, schemaUrl, attributes = {} }: InstrumentationScope,
  naming: Naming,
): OwnLabels {
  const fixed = { name, version, schema_url: schemaUrl };
  const labels = new Map<string, string>();
  for (const [key, value] of Object.entries(fixed)) {
    labels.set(naming.label(`${SCOPE_PREFIX}${key}`), String(value ?? '').toWellFormed());
  }
  // Attributes that would be called like one of the three are dropped.
  for (const [label, value] of labelsOf(attributes, (key) => naming.label(`${SCOPE_PREFIX}${key}`))) {
    if (!labels.has(label)) labels.set(label, value);
  }
  return [...labels].filter(([, value]) => value !== '');
}
