import type { Metric, Resource } from '@telltale/core';
import { SAMPLE_START, SAMPLE_TIME, sampleResource, sampleSnapshot } from '@telltale/testing';
import { decodeOtlp, decodeOtlpJson } from '@telltale-internal/backends';
import { describe, expect, it } from 'vitest';
import { encodeMetrics, jsonMetrics } from './index.ts';

const scope = { name: 'sample', version: '1.0.0' };
const start = `${SAMPLE_START}000000000`;
const time = `${SAMPLE_TIME}000000000`;
const point = { attributes: {}, startTime: SAMPLE_START, time: SAMPLE_TIME };
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

function described(name: string, resource: Resource = sampleResource) {
  return { name, unit: 's', description: 'What it is.', scope, resource, temporality: 'cumulative' } as const;
}

/** The only metric of a request, without what is the same for all. */
function decoded(metric: Metric): object {
  const request = decodeOtlp('metrics', encodeMetrics([metric]));
  expect(decodeOtlpJson('metrics', jsonMetrics([metric]))).toEqual(request);
  const { name, unit, description, ...data } = request.resourceMetrics?.[0]?.scopeMetrics?.[0]?.metrics?.[0] ?? {};
  expect({ name, unit, description }).toEqual({
    name: metric.name,
    unit: metric.unit,
    description: metric.description,
  });
  return data;
}

describe('metrics in OTLP', () => {
  it('has counters as monotonic sums, always of doubles, so that a series keeps its type', () => {
    const values = [
      { ...point, value: 3 },
      { ...point, value: 0.5, attributes: { plan: 'pro', size: 2, share: 0.1, new: true } },
    ];
    expect(decoded({ ...described('orders'), type: 'counter', points: values })).toEqual({
      sum: {
        aggregationTemporality: 2,
        isMonotonic: true,
        dataPoints: [
          { startTimeUnixNano: start, timeUnixNano: time, asDouble: 3 },
          {
            startTimeUnixNano: start,
            timeUnixNano: time,
            asDouble: 0.5,
            attributes: [
              { key: 'plan', value: { stringValue: 'pro' } },
              { key: 'size', value: { intValue: '2' } },
              { key: 'share', value: { doubleValue: 0.1 } },
              { key: 'new', value: { boolValue: true } },
            ],
          },
        ],
      },
    });
  });

  it('has differences of counters with delta temporality', () => {
    const metric = {
      ...described('orders'),
      temporality: 'delta',
      type: 'counter',
      points: [{ ...point, value: 3 }],
    } as const;
    expect(decoded(metric)).toMatchObject({ sum: { aggregationTemporality: 1, isMonotonic: true } });
  });

  it('has up-down counters as sums that are not monotonic', () => {
    const metric = { ...described('active'), type: 'upDownCounter', points: [{ ...point, value: -2 }] } as const;
    expect(decoded(metric)).toEqual({
      sum: {
        aggregationTemporality: 2,
        dataPoints: [{ startTimeUnixNano: start, timeUnixNano: time, asDouble: -2 }],
      },
    });
  });

  it('has gauges without a start, which means nothing for them', () => {
    const metric = { ...described('temperature'), type: 'gauge', points: [{ ...point, value: 21.5 }] } as const;
    expect(decoded(metric)).toEqual({ gauge: { dataPoints: [{ timeUnixNano: time, asDouble: 21.5 }] } });
  });

  it('has histograms with all that there is to them: bounds, buckets, least and greatest, exemplars', () => {
    const exemplar = { value: 0.05, time: SAMPLE_START + 0.25, traceId, spanId };
    const value = { ...point, count: 3, sum: 2.055, min: 0.005, max: 2, counts: [1, 1, 1], exemplars: [exemplar] };
    expect(decoded({ ...described('duration'), type: 'histogram', boundaries: [0.01, 1], points: [value] })).toEqual({
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [
          {
            startTimeUnixNano: start,
            timeUnixNano: time,
            count: '3',
            sum: 2.055,
            min: 0.005,
            max: 2,
            bucketCounts: ['1', '1', '1'],
            explicitBounds: [0.01, 1],
            exemplars: [{ timeUnixNano: `${SAMPLE_START}250000000`, asDouble: 0.05, traceId, spanId }],
          },
        ],
      },
    });
  });

  it('has exemplars of counters and gauges, without ids where there was no span, with what a view left out', () => {
    const exemplars = [
      { value: 2, time: SAMPLE_START + 0.25, traceId, spanId },
      { value: 1, time: SAMPLE_START + 1, filteredAttributes: { 'user.id': 'u-1', tries: 2 } },
    ];
    const expected = [
      { timeUnixNano: `${SAMPLE_START}250000000`, asDouble: 2, traceId, spanId },
      {
        timeUnixNano: `${SAMPLE_START + 1}000000000`,
        asDouble: 1,
        filteredAttributes: [
          { key: 'user.id', value: { stringValue: 'u-1' } },
          { key: 'tries', value: { intValue: '2' } },
        ],
      },
    ];
    const points = [{ ...point, value: 3, exemplars }];
    const counter = decoded({ ...described('orders'), type: 'counter', points });
    expect(counter).toMatchObject({ sum: { dataPoints: [{ asDouble: 3, exemplars: expected }] } });
    const gauge = decoded({ ...described('temperature'), type: 'gauge', points });
    expect(gauge).toMatchObject({ gauge: { dataPoints: [{ exemplars: expected }] } });
    const histogram = { ...point, count: 2, sum: 3, min: 1, max: 2, counts: [2], exemplars };
    expect(decoded({ ...described('duration'), type: 'histogram', boundaries: [], points: [histogram] })).toMatchObject(
      { histogram: { dataPoints: [{ exemplars: expected }] } },
    );
  });

  it('leaves least and greatest out where they are not known, and a sum that is none', () => {
    const value = {
      ...point,
      count: 1,
      sum: Number.POSITIVE_INFINITY,
      min: undefined,
      max: undefined,
      counts: [1],
      exemplars: [],
    };
    expect(decoded({ ...described('duration'), type: 'histogram', boundaries: [], points: [value] })).toEqual({
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [{ startTimeUnixNano: start, timeUnixNano: time, count: '1', bucketCounts: ['1'] }],
      },
    });
  });

  it('has exponential histograms with scale, zeros and their threshold, and both sides', () => {
    const value = {
      ...point,
      count: 9,
      sum: 4611,
      min: -3,
      max: 2048,
      scale: -2,
      zeroCount: 3,
      zeroThreshold: 1e-6,
      positive: { offset: 8, counts: [1, 0, 300] },
      negative: { offset: -1_000_000, counts: [1, 1] },
      exemplars: [{ value: 300, time: SAMPLE_START, traceId, spanId }],
    };
    expect(decoded({ ...described('payload'), type: 'exponentialHistogram', points: [value] })).toEqual({
      exponentialHistogram: {
        aggregationTemporality: 2,
        dataPoints: [
          {
            startTimeUnixNano: start,
            timeUnixNano: time,
            count: '9',
            sum: 4611,
            min: -3,
            max: 2048,
            scale: -2,
            zeroCount: '3',
            zeroThreshold: 1e-6,
            positive: { offset: 8, bucketCounts: ['1', '0', '300'] },
            negative: { offset: -1_000_000, bucketCounts: ['1', '1'] },
            exemplars: [{ timeUnixNano: start, asDouble: 300, traceId, spanId }],
          },
        ],
      },
    });
  });

  it('has summaries, without the quantiles of an empty window', () => {
    const quantiles = [
      { quantile: 0.5, value: 2 },
      { quantile: 0.99, value: Number.NaN },
    ];
    const metric = {
      ...described('price'),
      type: 'summary',
      points: [{ ...point, count: 3, sum: 9, quantiles }],
    } as const;
    expect(decoded(metric)).toEqual({
      summary: {
        dataPoints: [
          {
            startTimeUnixNano: start,
            timeUnixNano: time,
            count: '3',
            sum: 9,
            quantileValues: [{ quantile: 0.5, value: 2 }],
          },
        ],
      },
    });
  });

  it('nests metrics by service and by scope, each once, whichever objects they come with', () => {
    const auth: Resource = { attributes: { 'service.name': 'auth', replicas: 3 } };
    const counter = (name: string, more: object): Metric =>
      ({ ...described(name), type: 'counter', points: [{ ...point, value: 1 }], ...more }) as Metric;
    const request = decodeOtlp(
      'metrics',
      encodeMetrics([
        counter('a', {}),
        counter('b', { resource: auth }),
        counter('c', { resource: structuredClone(sampleResource), scope: { ...scope } }),
        counter('d', { scope: { name: 'other', schemaUrl: 'https://opentelemetry.io/schemas/1.37.0' } }),
        counter('e', { scope: { ...scope, attributes: { shard: 1 } } }),
        counter('f', { scope: { ...scope, attributes: { shard: 1 } } }),
      ]),
    );
    const names = request.resourceMetrics?.map(({ resource, scopeMetrics }) => ({
      resource: resource?.attributes?.find(({ key }) => key === 'service.name')?.value?.stringValue,
      scopes: scopeMetrics?.map((group) => ({
        scope: group.scope,
        schemaUrl: group.schemaUrl,
        metrics: group.metrics?.map(({ name }) => name),
      })),
    }));
    expect(names).toEqual([
      {
        resource: 'checkout',
        scopes: [
          { scope, schemaUrl: undefined, metrics: ['a', 'c'] },
          { scope: { name: 'other' }, schemaUrl: 'https://opentelemetry.io/schemas/1.37.0', metrics: ['d'] },
          {
            scope: { ...scope, attributes: [{ key: 'shard', value: { intValue: '1' } }] },
            schemaUrl: undefined,
            metrics: ['e', 'f'],
          },
        ],
      },
      { resource: 'auth', scopes: [{ scope, schemaUrl: undefined, metrics: ['b'] }] },
    ]);
  });

  it('asks the shape for resources, attributes and names', () => {
    const shape = {
      resource: () => ({ service: 'x' }),
      attributes: (attributes: object) => ({ ...attributes, more: 1 }),
      metricName: ({ name }: Metric) => name.toUpperCase(),
    };
    const { metrics } = sampleSnapshot();
    const request = decodeOtlp('metrics', encodeMetrics(metrics, shape));
    expect(decodeOtlpJson('metrics', jsonMetrics(metrics, shape))).toEqual(request);
    const origins = request.resourceMetrics ?? [];
    for (const { resource, scopeMetrics } of origins) {
      expect(resource?.attributes).toEqual([{ key: 'service', value: { stringValue: 'x' } }]);
      for (const { name, ...data } of scopeMetrics?.flatMap((group) => group.metrics ?? []) ?? []) {
        expect(name).toBe(name.toUpperCase());
        expect(JSON.stringify(data)).toContain('"key":"more"');
      }
    }
    expect(origins).not.toEqual([]);
  });
});
