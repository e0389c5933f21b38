import { nearestOf } from '@telltale/core';
import { METRICS } from '@telltale/core/conventions';
import type { AlertRule, Selector } from './rule.ts';

/** How backends end names: `http_server_request_duration_seconds_count`. */
const ENDINGS = /_(seconds|bytes|ratio|total|count|sum|bucket)$/;

/** Of metrics that a rule names, those that look like one of Telltale's own, misspelled. A service may have metrics of any name, so it is only a hint. */
export function metricHints({ name, when }: AlertRule): readonly string[] {
  const selectors: readonly Selector[] =
    when.type === 'ratio' ? [when.part, when.of] : when.type === 'burn-rate' ? [when.bad, when.of] : [when];
  return [...new Set(selectors.map(({ metric }) => metric))].flatMap((metric) => {
    const meant = meantBy(metric);
    return meant === undefined
      ? []
      : [
          `The alert rule ${name} is about "${metric}". There is no such metric of Telltale's; did you mean "${meant}"? If it is one of your own, all is well.`,
        ];
  });
}

function meantBy(metric: string): string | undefined {
  const names = METRICS.map(({ name }) => name);
  if (names.includes(metric)) return undefined;
  const plain = new Map(names.map((name) => [plainly(name), name]));
  let word = metric;
  while (ENDINGS.test(word)) {
    word = word.replace(ENDINGS, '');
    const known = plain.get(plainly(word));
    if (known !== undefined) return known;
  }
  const spelled = nearestOf(plainly(metric), [...plain.keys()]);
  return spelled === undefined ? undefined : plain.get(spelled);
}

function plainly(name: string): string {
  return name.replaceAll(/[._-]/g, '.');
}
