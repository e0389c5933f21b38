import type { AttributeValue, Exemplar, Metric, MetricReader, MetricsSource, Point, Resource } from '@telltale/core';
import { type DecodedFamily, decodeMetricFamilies } from '@telltale-internal/backends';
import { type PrometheusOptions, prometheus } from './index.ts';

export const START = 1_700_000_000;
const checkout: Resource = { attributes: { 'service.name': 'checkout', 'service.version': '1.4.0' } };

export type FakeSource = MetricsSource & { readonly problems: string[]; opened: number };

/** A source as core hands it to `start`, of metrics as they are in a snapshot. */
export function sourceOf(metrics: readonly Metric[], resource: Resource = checkout): FakeSource {
  return sourceOfReaders(metrics.map(readerOf), resource);
}

export function sourceOfReaders(readers: readonly MetricReader[], resource: Resource = checkout): FakeSource {
  const told = new Set<string>();
  const source: FakeSource = {
    resource,
    problems: [],
    opened: 0,
    problem(subject, message) {
      if (!told.has(subject)) source.problems.push(message);
      told.add(subject);
    },
    async open() {
      source.opened++;
      return readers;
    },
  };
  return source;
}

export function readerOf(metric: Metric): MetricReader {
  const { points, ...rest } = metric;
  return { ...rest, size: points.length, read: () => points.values() as IterableIterator<Point> } as MetricReader;
}

type Attributes = Record<string, AttributeValue>;
interface Described {
  readonly unit?: string;
  readonly description?: string;
  readonly resource?: Resource;
  readonly scope?: Metric['scope'];
}

const base = (
  name: string,
  { unit = '', description = '', resource = checkout, scope = { name: 'test' } }: Described,
) => ({ name, unit, description, resource, scope, temporality: 'cumulative' }) as const;
const point = (attributes: Attributes) => ({
  attributes: Object.freeze({ ...attributes }),
  startTime: START,
  time: START + 60,
});

export function numbers(
  type: 'counter' | 'upDownCounter' | 'gauge',
  name: string,
  points: readonly (readonly [Attributes, value: number, exemplars?: readonly Exemplar[]])[],
  described: Described = {},
): Metric {
  return {
    ...base(name, described),
    type,
    points: points.map(([attributes, value, exemplars]) => ({
      ...point(attributes),
      value,
      ...(exemplars && { exemplars }),
    })),
  };
}

export function histogram(
  name: string,
  boundaries: readonly number[],
  points: readonly (readonly [Attributes, counts: readonly number[], sum: number, exemplars?: readonly Exemplar[]])[],
  described: Described = {},
): Metric {
  return {
    ...base(name, described),
    type: 'histogram',
    boundaries,
    points: points.map(([attributes, counts, sum, exemplars = []]) => ({
      ...point(attributes),
      counts,
      sum,
      exemplars,
      count: counts.reduce((a, b) => a + b, 0),
      min: undefined,
      max: undefined,
    })),
  };
}

export type Exponential = Extract<Metric, { type: 'exponentialHistogram' }>['points'][number];

export function exponentialPoint(attributes: Attributes, parts: Partial<Exponential>): Exponential {
  const none = { offset: 0, counts: [] };
  return {
    ...point(attributes),
    count: 0,
    sum: 0,
    min: undefined,
    max: undefined,
    scale: 0,
    zeroCount: 0,
    zeroThreshold: 0,
    positive: none,
    negative: none,
    exemplars: [],
    ...parts,
  };
}

/** Puts values into exponential buckets by the definition, one by one. */
export function recorded(values: readonly number[], scale: number, parts: Partial<Exponential> = {}): Exponential {
  const side = (magnitudes: readonly number[]) => {
    const indices = magnitudes.map((value) => Math.ceil(Math.log2(value) * 2 ** scale) - 1);
    const offset = indices.length === 0 ? 0 : Math.min(...indices);
    const counts: number[] = new Array(indices.length === 0 ? 0 : Math.max(...indices) - offset + 1).fill(0);
    for (const index of indices) counts[index - offset]!++;
    return { offset, counts };
  };
  return exponentialPoint(parts.attributes ?? {}, {
    scale,
    count: values.length,
    sum: values.reduce((a, b) => a + b, 0),
    zeroCount: values.filter((value) => value === 0).length,
    positive: side(values.filter((value) => value > 0)),
    negative: side(values.filter((value) => value < 0).map((value) => -value)),
    ...parts,
  });
}

export function exponential(name: string, points: readonly Exponential[], described: Described = {}): Metric {
  return { ...base(name, described), type: 'exponentialHistogram', points };
}

export function summary(
  name: string,
  points: readonly (readonly [
    Attributes,
    quantiles: readonly (readonly [quantile: number, value: number])[],
    sum: number,
    count: number,
  ])[],
  described: Described = {},
): Metric {
  return {
    ...base(name, described),
    type: 'summary',
    points: points.map(([attributes, quantiles, sum, count]) => ({
      ...point(attributes),
      sum,
      count,
      quantiles: quantiles.map(([quantile, value]) => ({ quantile, value })),
    })),
  };
}

export const TEXT = 'text/plain;version=0.0.4';
export const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';
/** As Prometheus asks for it. */
export const PROTOBUF =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,*/*;q=0.1';

/** The body of one scrape, without `target_info` unless it is asked for. */
export async function render(
  metrics: readonly Metric[] | FakeSource,
  accept = TEXT,
  options: PrometheusOptions = { targetInfo: false },
): Promise<string> {
  const exporter = prometheus(options);
  await exporter.start?.('open' in metrics ? metrics : sourceOf(metrics));
  return (await exporter.render(accept)).body;
}

/** The families of one scrape in protobuf, read by Prometheus's own definition. */
export async function renderProtobuf(
  metrics: readonly Metric[] | FakeSource,
  options: PrometheusOptions = { targetInfo: false },
  accept = PROTOBUF,
): Promise<readonly DecodedFamily[]> {
  const exporter = prometheus(options);
  await exporter.start?.('open' in metrics ? metrics : sourceOf(metrics));
  return decodeMetricFamilies((await exporter.renderBytes(accept)).body);
}
