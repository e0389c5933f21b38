import { ExportResultCode } from '@opentelemetry/core';
import type { Resource as Resource3 } from '@opentelemetry/resources';
import type * as metrics3 from '@opentelemetry/sdk-metrics';
import type * as traces3 from '@opentelemetry/sdk-trace';
import type * as metrics2 from 'sdk-metrics2';
import type * as traces2 from 'sdk-trace-base2';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type {
  MetricProducer,
  MetricProducerOptions,
  OtelMetricExporter,
  OtelSpanExporter,
  ReadableSpan,
  SdkResource,
} from '../index.ts';
import { EXPORT_SUCCESS } from './otel-exporter-shapes.ts';
import { AGGREGATION_TEMPORALITY, AGGREGATION_TYPE, DATA_POINT_TYPE, INSTRUMENT_TYPES } from './sdk-metrics.ts';
import { SDKS } from './sdk-versions.test-support.ts';

describe.each(SDKS)('the shapes of the SDK $version', ({ metrics }) => {
  it('has the numbers and texts that core has instead of its enums', () => {
    expect(metrics.DataPointType).toMatchObject(DATA_POINT_TYPE);
    expect(metrics.AggregationTemporality).toMatchObject(AGGREGATION_TEMPORALITY);
    expect(metrics.AggregationType).toMatchObject(AGGREGATION_TYPE);
    expect(Object.values(metrics.InstrumentType).sort()).toStrictEqual([...INSTRUMENT_TYPES].sort());
    for (const [all, ours] of [
      [metrics.DataPointType, DATA_POINT_TYPE],
      [metrics.AggregationTemporality, AGGREGATION_TEMPORALITY],
      [metrics.AggregationType, AGGREGATION_TYPE],
    ] as const) {
      expect(
        Object.keys(all)
          .filter((key) => Number.isNaN(Number(key)))
          .sort(),
      ).toStrictEqual(Object.keys(ours).sort());
    }
    expect(ExportResultCode).toMatchObject({ SUCCESS: EXPORT_SUCCESS, FAILED: 1 });
  });
});

// Checked by the compiler.
describe('the types', () => {
  it('let a producer be one of both majors', () => {
    expectTypeOf<MetricProducer>().toExtend<metrics2.MetricProducer>();
    expectTypeOf<MetricProducer>().toExtend<metrics3.MetricProducer>();
  });

  it('let spans be those of both majors', () => {
    expectTypeOf<ReadableSpan>().toExtend<traces2.ReadableSpan>();
    expectTypeOf<ReadableSpan>().toExtend<traces3.ReadableSpan>();
    expectTypeOf<SdkResource>().toExtend<Resource3>();
  });

  it('take the exporters of both majors', () => {
    expectTypeOf<metrics2.PushMetricExporter>().toExtend<OtelMetricExporter>();
    expectTypeOf<metrics3.PushMetricExporter>().toExtend<OtelMetricExporter>();
    expectTypeOf<traces2.SpanExporter>().toExtend<OtelSpanExporter>();
    expectTypeOf<traces3.SpanExporter>().toExtend<OtelSpanExporter>();
  });

  it('take the selectors of both majors, and functions written for them', () => {
    type Given = NonNullable<MetricProducerOptions['temporality']>;
    expectTypeOf<metrics2.AggregationTemporalitySelector>().toExtend<Given>();
    expectTypeOf<metrics3.AggregationTemporalitySelector>().toExtend<Given>();
    const exporter = new SDKS[1].metrics.InMemoryMetricExporter(AGGREGATION_TEMPORALITY.DELTA);
    const written: Given = (type) => exporter.selectAggregationTemporality(type);
    expect(written('COUNTER' as never)).toBe(AGGREGATION_TEMPORALITY.DELTA);
  });
});
