import type {
  Metric,
  MetricDescriptor,
  MetricsSnapshot,
  Resource,
  SeriesAttributes,
  Temporality,
} from '@telltale/core';
import { deepFreeze } from './deep-freeze.ts';
import { nastyAttributes } from './nasty-attributes.ts';

/** Seconds since the Unix epoch: when the samples began, and when they were read. */
export const SAMPLE_START = 1_700_000_000;
export const SAMPLE_TIME = SAMPLE_START + 60;

/** One object, as in a running service. */
export const sampleResource: Resource = deepFreeze({
  attributes: {
    'service.name': 'checkout',
    'service.version': '1.4.0',
    'deployment.environment.name': 'production',
    'host.name': 'host-1',
  },
});

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

export interface SampleSnapshotOptions {
  /** Unless given, `cumulative`. With `delta`, what is a difference says so and has no minimum and maximum. */
  readonly temporality?: Temporality;
}

/**
 * A snapshot with every type of metric, deeply frozen as real ones are: series with and without attributes, with nothing recorded, with
 * exemplars (one of them without a span, with an attribute that a view left out), with negative values, infinite gauges, of another service,
 * and one series for each of `nastyAttributes()`.
 */
export function sampleSnapshot(options: SampleSnapshotOptions = {}): MetricsSnapshot {
  const { temporality = 'cumulative' } = options;
  const range = (min: number | undefined, max: number | undefined) =>
    temporality === 'delta' ? { min: undefined, max: undefined } : { min, max };
  const point = (attributes: SeriesAttributes) => ({ attributes, startTime: SAMPLE_START, time: SAMPLE_TIME });
  const exemplar = (value: number) => ({ value, time: SAMPLE_START + 30, traceId, spanId });
  const empty = { offset: 0, counts: [] };

  const metrics: readonly Metric[] = [
    {
      ...describe('sample.active', '{order}', 'Orders being worked on; "quoted" \\ and\non two lines.'),
      type: 'upDownCounter',
      temporality: 'cumulative',
      points: [
        { ...point({ state: 'waiting' }), value: 3 },
        { ...point({ state: 'undone' }), value: -2 },
      ],
    },
    {
      ...describe('sample.duration', 's', 'How long orders took.'),
      type: 'histogram',
      temporality,
      boundaries: [0.01, 0.1, 1],
      points: [
        {
          ...point({ 'http.route': '/orders/:id', 'http.response.status_code': 200 }),
          count: 6,
          sum: 3.155,
          ...range(0.005, 2),
          counts: [1, 2, 2, 1],
          exemplars: [exemplar(0.05), exemplar(2)],
        },
        ...(temporality === 'delta'
          ? []
          : [{ ...point({}), count: 0, sum: 0, ...range(undefined, undefined), counts: [0, 0, 0, 0], exemplars: [] }]),
      ],
    },
    {
      ...describe('sample.nasty', '{thing}', 'Attributes that careless code breaks on.'),
      type: 'counter',
      temporality,
      points: nastyAttributes().map((attributes, i) => ({ ...point(attributes), value: i + 1 })),
    },
    {
      ...describe('sample.orders', '{order}', 'Orders taken.'),
      type: 'counter',
      temporality,
      points: [
        { ...point({ plan: 'pro' }), value: 42, exemplars: [exemplar(2)] },
        {
          ...point({ plan: 'free' }),
          value: 0.5,
          exemplars: [{ value: 0.5, time: SAMPLE_START + 20, filteredAttributes: { 'user.id': 'u-1' } }],
        },
      ],
    },
    {
      ...describe(
        'sample.other_service',
        '',
        '',
        deepFreeze({ attributes: { 'service.name': 'auth', 'service.version': '2' } }),
      ),
      type: 'counter',
      temporality,
      points: [{ ...point({}), value: 7 }],
    },
    {
      ...describe('sample.payload', 'By', 'Sizes of orders.'),
      type: 'exponentialHistogram',
      temporality,
      points: [
        {
          ...point({ direction: 'in' }),
          count: 8,
          sum: 4611,
          ...range(-3, 2048),
          scale: 0,
          zeroCount: 2,
          zeroThreshold: 0,
          positive: { offset: 8, counts: [1, 0, 3] },
          negative: { offset: 0, counts: [1, 1] },
          exemplars: [exemplar(300)],
        },
        {
          ...point({ direction: 'out' }),
          count: 1,
          sum: 0,
          ...range(0, 0),
          scale: 20,
          zeroCount: 1,
          zeroThreshold: 0,
          positive: empty,
          negative: empty,
          exemplars: [],
        },
      ],
    },
    {
      ...describe('sample.price', 'EUR', 'Prices over the last minutes.'),
      type: 'summary',
      temporality,
      points: [
        {
          ...point({ plan: 'pro' }),
          count: 3,
          sum: 9,
          quantiles: [
            { quantile: 0.5, value: 2 },
            { quantile: 0.99, value: 5 },
          ],
        },
        { ...point({ plan: 'idle' }), count: 1, sum: 4, quantiles: [{ quantile: 0.5, value: Number.NaN }] },
      ],
    },
    {
      ...describe('sample.temperature', 'Cel', 'How warm it is.'),
      type: 'gauge',
      temporality: 'cumulative',
      points: [
        { ...point({ room: 'kitchen' }), value: 21.5 },
        { ...point({ room: 'cellar' }), value: -4 },
        { ...point({ room: 'sun' }), value: Number.POSITIVE_INFINITY },
        { ...point({ room: 'unknown' }), value: Number.NaN },
      ],
    },
  ];
  return deepFreeze({ time: SAMPLE_TIME, resource: sampleResource, metrics });
}

/** What a service has that recorded nothing. */
export function emptySnapshot(): MetricsSnapshot {
  return deepFreeze({ time: SAMPLE_TIME, resource: sampleResource, metrics: [] });
}

function describe(
  name: string,
  unit: string,
  description: string,
  resource: Resource = sampleResource,
): MetricDescriptor {
  return { name, unit, description, scope: { name: 'sample', version: '1.0.0' }, resource };
}
