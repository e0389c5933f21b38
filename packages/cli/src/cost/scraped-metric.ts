import type { MetricShape } from '@telltale/core';
import type { ExpositionFamily } from './read-exposition.ts';

/** A label, and how many values it has. */
export interface LabelCount {
  readonly label: string;
  readonly values: number;
}

/** How much of a metric a service serves. */
export interface ScrapedMetric extends MetricShape {
  /** The labels with more than one value, those with the most first: they make the series. */
  readonly labels: readonly LabelCount[];
}

const TYPES: Readonly<Record<string, MetricShape['type']>> = {
  counter: 'counter',
  histogram: 'histogram',
  gaugehistogram: 'histogram',
  summary: 'summary',
};

/** Tells which service it is, as every target of Prometheus does; no exporter sends it as a metric. */
const TARGET_INFO = /^target(_info)?$/;

export function scrapedMetrics(families: readonly ExpositionFamily[]): readonly ScrapedMetric[] {
  return families.filter(({ name }) => !TARGET_INFO.test(name)).map(scrapedMetric);
}

function scrapedMetric({ name, type: told, samples }: ExpositionFamily): ScrapedMetric {
  const type = TYPES[told] ?? 'gauge';
  const part = type === 'histogram' ? 'le' : type === 'summary' ? 'quantile' : undefined;
  const series = new Set<string>();
  const values = new Map<string, Set<string>>();
  let parts = 0;
  for (const sample of samples) {
    if (sample.name === `${name}_created`) continue;
    const labels = [...sample.labels].filter(([label]) => label !== part).sort(([a], [b]) => (a < b ? -1 : 1));
    series.add(JSON.stringify(labels));
    if (labels.length < sample.labels.size) parts++;
    for (const [label, value] of labels) {
      const known = values.get(label);
      if (known === undefined) values.set(label, new Set([value]));
      else known.add(value);
    }
  }
  const labels = [...values]
    .map(([label, { size }]): LabelCount => ({ label, values: size }))
    .filter((one) => one.values > 1)
    .sort((a, b) => b.values - a.values || (a.label < b.label ? -1 : 1));
  return {
    name,
    type,
    series: series.size,
    buckets: type === 'histogram' ? parts : 0,
    quantiles: type === 'summary' ? parts : 0,
    labels,
  };
}
