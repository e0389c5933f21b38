import { createAllowListAttributesProcessor, createDenyListAttributesProcessor } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import type { View } from '../index.ts';
import { metricOf, pointsOf, seriesOf, testTelemetry } from '../telemetry.test-support.ts';
import { SDKS } from './sdk-versions.test-support.ts';

describe.each(SDKS)('views made for the SDK $version', ({ metrics: sdk }) => {
  it('work unchanged, also to the compiler', () => {
    const options: ReturnType<() => ConstructorParameters<typeof sdk.MeterProvider>[0]> = {
      views: [
        {
          instrumentName: 'calls',
          name: 'calls.allowed',
          attributesProcessors: [createAllowListAttributesProcessor(['plan'])],
        },
        {
          instrumentName: 'calls',
          name: 'calls.denied',
          attributesProcessors: [createDenyListAttributesProcessor(['plan'])],
        },
        {
          instrumentType: sdk.InstrumentType.HISTOGRAM,
          instrumentUnit: 'ms',
          aggregation: { type: sdk.AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [0, 10] } },
        },
        {
          instrumentName: 'exponential.*',
          meterName: 'library',
          meterVersion: '1.0',
          aggregation: {
            type: sdk.AggregationType.EXPONENTIAL_HISTOGRAM,
            options: { maxSize: 20, recordMinMax: false },
          },
        },
        {
          instrumentType: sdk.InstrumentType.OBSERVABLE_COUNTER,
          aggregation: { type: sdk.AggregationType.LAST_VALUE },
        },
        { instrumentName: 'dropped', aggregation: { type: sdk.AggregationType.DROP } },
        { instrumentName: 'limited', aggregationCardinalityLimit: 2 },
      ],
    };
    const views: readonly View[] = options?.views ?? [];
    const { telemetry, problems } = testTelemetry({ metrics: { views } });
    const meter = telemetry.meterProvider.getMeter('library', '1.0');
    meter.createCounter('calls').add(1, { plan: 'pro', user: 'u' });
    meter.createHistogram('time', { unit: 'ms' }).record(5);
    meter.createHistogram('exponential.time').record(5);
    meter.createObservableCounter('observed').addCallback((result) => result.observe(7));
    meter.createCounter('dropped').add(1);
    for (const user of ['a', 'b', 'c']) meter.createCounter('limited').add(1, { user });
    expect(seriesOf(telemetry, 'calls.allowed')).toEqual({ '{plan=pro}': 1 });
    expect(seriesOf(telemetry, 'calls.denied')).toEqual({ '{user=u}': 1 });
    expect(metricOf(telemetry, 'time')).toMatchObject({ boundaries: [0, 10], points: [{ counts: [0, 1, 0] }] });
    expect(metricOf(telemetry, 'exponential.time')).toMatchObject({ type: 'exponentialHistogram' });
    expect(metricOf(telemetry, 'observed')?.type).toBe('gauge');
    expect(metricOf(telemetry, 'dropped')).toBeUndefined();
    expect(pointsOf(telemetry, 'limited')).toHaveLength(2);
    expect(problems.map(({ code }) => code)).toEqual(['ERR_CARDINALITY']);
  });
});
