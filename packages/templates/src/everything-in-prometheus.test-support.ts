import type { Telemetry } from '@telltale/core';
import { METRICS, type MetricConvention } from '@telltale/core/conventions';

/** What attributes are like, where it matters to somebody. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  'http.response.status_code': ['200', '503'],
  'job.outcome': ['completed', 'failed'],
  failed: ['false', 'true'],
};

/** Records each of Telltale's own metrics once more, with all its attributes, in the service's name. */
export function recordEverything(telemetry: Telemetry): void {
  for (const metric of METRICS) record(telemetry, metric);
}

function record(telemetry: Telemetry, { name, type, unit, description, attributes }: MetricConvention): void {
  // A place of its own: the instruments of operations are core's.
  const meter = telemetry.meterProvider.getMeter('test');
  const options = { unit, description };
  for (const i of [0, 1]) {
    const series = Object.fromEntries(attributes.map((key) => [key, (VALUES[key] ?? ['one', 'one'])[i] as string]));
    if (type === 'counter') meter.createCounter(name, options).add(2, series);
    else if (type === 'upDownCounter') meter.createUpDownCounter(name, options).add(i, series);
    else if (type === 'gauge') meter.createGauge(name, options).record(0.5, series);
    else
      meter
        .createHistogram(name, { ...options, advice: { explicitBucketBoundaries: [0.1, 1, 10] } })
        .record(0.5, series);
  }
}
