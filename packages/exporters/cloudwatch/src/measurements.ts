import type { Metric, MetricsSnapshot, Point, Resource, SeriesAttributes } from '@telltale/core';
import { type BucketValue, bucketValues } from '@telltale/exporter-kit';
import type { Spelling } from './spelling.ts';
import { unitOf } from './units.ts';

/** "MetricDatum", CloudWatch API reference, and "Specification: Embedded metric format". */
export const MAX_DIMENSIONS = 30;
/** "PutMetricData", CloudWatch API reference: magnitudes beyond it are refused. */
const MAX_VALUE = 2 ** 360;
/** Of values of histograms: they say as much as a bucket knows, in a third of the bytes. */
const DIGITS = 6;

type Dimension = readonly [name: string, value: string];

/** One number, values with counts, or what is known of values that are gone. */
export type Content =
  | { readonly type: 'value'; readonly value: number }
  | { readonly type: 'values'; readonly values: readonly BucketValue[] }
  | {
      readonly type: 'statistics';
      readonly count: number;
      readonly sum: number;
      readonly min: number;
      readonly max: number;
    };

/** Something measured, as CloudWatch sees it, whichever way it goes there. */
export interface Measurement {
  readonly name: string;
  readonly unit: string;
  readonly dimensions: readonly Dimension[];
  /** Attributes that stand beside the metric in a log line, and make no series. */
  readonly properties: SeriesAttributes;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  readonly content: Content;
}

/** What a point gives; nothing when there is nothing to send, `refused` when CloudWatch cannot have it. */
export interface MeasuredPoint {
  readonly point: Point;
  readonly measurements: readonly Measurement[];
  readonly refused?: string;
}

export interface MeasurementSettings {
  readonly spelling: Spelling;
  /** Dimensions that everything has. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Attributes of the resource that are dimensions. */
  readonly resourceDimensions: readonly string[];
  /** Attributes that are no dimensions. */
  readonly properties?: ReadonlySet<string>;
}

/** What a snapshot of differences is in CloudWatch. */
export function measurementsOf(snapshot: MetricsSnapshot, settings: MeasurementSettings): readonly MeasuredPoint[] {
  const measured: MeasuredPoint[] = [];
  const ofResources = new Map<Resource, ReadonlyMap<string, string>>();
  for (const metric of snapshot.metrics) {
    const { resource } = metric;
    const shared = ofResources.get(resource) ?? sharedDimensions(resource, settings);
    ofResources.set(resource, shared);
    const name = settings.spelling.metricName(metric.name);
    const unit = unitOf(metric.unit, metric.type);
    for (const point of metric.points) {
      const time = Math.round(point.time * 1000);
      const measurements = contentsOf(metric, point).map(({ content, quantile }) => ({
        name,
        unit,
        ...placeOf(withQuantile(point.attributes, quantile), shared, settings),
        time,
        content,
      }));
      const refused = refusalOf(measurements);
      measured.push(refused === undefined ? { point, measurements } : { point, measurements: [], refused });
    }
  }
  return measured;
}

function sharedDimensions(resource: Resource, settings: MeasurementSettings): ReadonlyMap<string, string> {
  const shared = new Map(Object.entries(settings.dimensions));
  for (const key of settings.resourceDimensions) {
    const value = resource.attributes[key];
    if (value === undefined) continue;
    shared.set(settings.spelling.dimensionName(key), settings.spelling.dimensionValue(value));
  }
  return shared;
}

function withQuantile(attributes: SeriesAttributes, quantile: number | undefined): SeriesAttributes {
  if (quantile === undefined) return attributes;
  return { ...attributes, ['quantile' in attributes ? 'summary.quantile' : 'quantile']: quantile };
}

/** A series' own attributes come before those of its service: two series must not become one. */
function placeOf(
  attributes: SeriesAttributes,
  shared: ReadonlyMap<string, string>,
  { spelling, properties }: MeasurementSettings,
): { readonly dimensions: readonly Dimension[]; readonly properties: SeriesAttributes } {
  const dimensions = new Map(shared);
  const beside: [string, SeriesAttributes[string]][] = [];
  for (const [key, value] of Object.entries(attributes)) {
    if (properties?.has(key)) beside.push([key, value]);
    else dimensions.set(spelling.dimensionName(key), spelling.dimensionValue(value));
  }
  return { dimensions: [...dimensions], properties: Object.fromEntries(beside) };
}

interface Part {
  readonly content: Content;
  readonly quantile?: number;
}

function contentsOf(metric: Metric, point: Point): readonly Part[] {
  if ('value' in point) {
    const known = metric.type !== 'gauge' || Number.isFinite(point.value);
    return known ? [{ content: { type: 'value', value: point.value } }] : [];
  }
  if ('quantiles' in point) return summaryContents(point);
  if (point.count === 0) return [];
  const values = bucketValues(point, metric.type === 'histogram' ? metric.boundaries : [], { digits: DIGITS });
  return [{ content: { type: 'values', values } }];
}

/** Count and sum as a statistic set, which needs a minimum and maximum: the outermost quantiles, or the mean. Quantiles are series of their own. */
function summaryContents({ count, sum, quantiles }: Extract<Point, { readonly quantiles: unknown }>): readonly Part[] {
  const known = quantiles.filter(({ value }) => Number.isFinite(value));
  const parts: Part[] = known.map(({ quantile, value }) => ({
    content: { type: 'value', value },
    quantile,
  }));
  if (count === 0) return parts;
  const all = [...known.map(({ value }) => value), sum / count];
  const statistics = { type: 'statistics', count, sum, min: Math.min(...all), max: Math.max(...all) } as const;
  return [{ content: statistics }, ...parts];
}

function refusalOf(measurements: readonly Measurement[]): string | undefined {
  const over = measurements.find(({ dimensions }) => dimensions.length > MAX_DIMENSIONS);
  if (over !== undefined) {
    return `a series of ${over.name} has ${over.dimensions.length} dimensions; CloudWatch takes ${MAX_DIMENSIONS}`;
  }
  const beyond = measurements.find(({ content }) => numbersOf(content).some((n) => !(Math.abs(n) <= MAX_VALUE)));
  if (beyond === undefined) return undefined;
  return `${beyond.name} has a value that CloudWatch cannot have (it takes magnitudes up to 2^360)`;
}

function numbersOf(content: Content): readonly number[] {
  if (content.type === 'value') return [content.value];
  if (content.type === 'statistics') return [content.sum, content.min, content.max];
  return content.values.map(([value]) => value);
}
