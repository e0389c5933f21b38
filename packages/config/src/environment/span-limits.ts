import type { SpanLimits } from '@telltale/core';
import type { EnvironmentReader } from './environment-reader.ts';
import type { VariableName } from './environment-variables.ts';

/** The variables of each limit, the strongest first. */
const LIMITS: Readonly<Record<keyof SpanLimits, readonly VariableName[]>> = {
  attributes: ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
  attributeLength: ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'],
  events: ['OTEL_SPAN_EVENT_COUNT_LIMIT'],
  links: ['OTEL_SPAN_LINK_COUNT_LIMIT'],
  eventAttributes: ['OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
  linkAttributes: ['OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
};

/** Only the limits that are set. */
export function readSpanLimits(reader: EnvironmentReader): Partial<SpanLimits> | undefined {
  const entries = Object.entries(LIMITS).map(([limit, names]): [string, number | undefined] => {
    const values = names.map((name) => reader.count(name, 0, Number.MAX_SAFE_INTEGER));
    return [limit, values.find((value) => value !== undefined)];
  });
  const set = entries.filter(([, value]) => value !== undefined);
  return set.length === 0 ? undefined : (Object.fromEntries(set) as Partial<SpanLimits>);
}
