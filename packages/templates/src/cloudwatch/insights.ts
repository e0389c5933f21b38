import type { Selector } from '@telltale/alerts';
import { ENVIRONMENT, SERVICE } from '../clouds/rule-words.ts';
import { type Naming, PLACES, spelt } from './spelling.ts';

export type InsightsFunction = 'AVG' | 'COUNT' | 'MAX' | 'MIN' | 'SUM';

/** A query of Metrics Insights over all series of the service. A text without SELECT is why there is none. */
export function insightsQuery(
  how: InsightsFunction,
  { metric, where = {} }: Selector,
  by: readonly string[],
  naming: Naming,
): { readonly query: string } | string {
  const conditions: string[] = [];
  for (const [key, match] of Object.entries(where)) {
    const not = typeof match === 'object' && 'not' in match;
    const values = [not ? match.not : match].flat();
    if (match === true || values.some((value) => String(value).includes('*')) || (!not && values.length !== 1)) {
      return `a query over all series can only say that ${key} is, or is not, one value.`;
    }
    const name = quoted(spelt(key, naming));
    conditions.push(
      ...values.map((value) => `${name} ${not ? '!=' : '='} '${String(value).replaceAll(/['"\\]/g, '\\$&')}'`),
    );
  }
  const groups = by.filter((key) => key !== SERVICE && key !== ENVIRONMENT).map((key) => quoted(spelt(key, naming)));
  const all = [`${quoted(spelt(SERVICE, naming))} = '${PLACES.service}'${PLACES.andEnvironment}`, ...conditions];
  const grouped = groups.length === 0 ? '' : ` GROUP BY ${groups.join(', ')} ORDER BY ${how}() DESC`;
  return {
    query: `SELECT ${how}(${quoted(spelt(metric, naming))}) FROM "${PLACES.namespace}" WHERE ${all.join(' AND ')}${grouped}`,
  };
}

function quoted(name: string): string {
  return `"${name.replaceAll(/["']/g, '\\$&')}"`;
}
