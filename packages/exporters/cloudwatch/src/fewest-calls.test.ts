import { createTelemetry } from '@telltale/core';
import { ManualClock } from '@telltale/testing';
import { expect, test } from 'vitest';
import { sendingTo } from './cloudwatch.test-support.ts';

const SERIES = 1000;
const OBSERVATIONS = 1_000_000;
/** "PutMetricData", CloudWatch API reference. */
const API = { data: 1000, bytes: 1_000_000, values: 150 };

test.each([
  {
    title: 'explicit buckets',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    calls: 1,
  },
  { title: 'exponential buckets', buckets: undefined, calls: 3 },
])('a million observations over 1,000 series in a minute are $calls calls with $title', async ({ buckets, calls }) => {
  const { exporter, backend } = await sendingTo();
  const clock = new ManualClock();
  const problems: Error[] = [];
  const telemetry = createTelemetry({
    service: { name: 'shop', environment: 'prod' },
    exporters: [exporter],
    clock,
    cardinality: { perInstrument: 2 * SERIES },
    onError: (error) => problems.push(error),
  });
  const latency = telemetry.histogram('latency', { unit: 's', ...(buckets && { buckets }) });
  const series = Array.from({ length: SERIES }, (_, i) =>
    latency.bind({ 'http.route': `/route/${i}`, 'http.request.method': 'GET' }),
  );
  let recorded = 0;
  for (let i = 0; i < OBSERVATIONS; i++) {
    // Over six orders of magnitude, other ones in each series.
    const value = 10 ** (((i * 0.618_033_988_75) % 6) - 5);
    series[i % SERIES]?.record(value);
    recorded += value;
  }
  await telemetry.flush();
  const taken = backend.calls.filter(({ data }) => data.some(({ MetricName }) => MetricName === 'latency'));
  const data = taken.flatMap((call) => call.data).filter(({ MetricName }) => MetricName === 'latency');

  // Nothing is lost: SampleCount and Sum as CloudWatch computes them.
  const pairs = data.flatMap(({ Values = [], Counts = [] }) =>
    Values.map((value, i) => [value, Counts[i] ?? 0] as const),
  );
  expect(pairs.reduce((sum, [, n]) => sum + n, 0)).toBe(OBSERVATIONS);
  expect(pairs.reduce((sum, [value, n]) => sum + value * n, 0) / recorded).toBeCloseTo(1, 9);

  // No sender can need fewer: by data, with the values that the buckets give, or by bytes.
  const bytes = taken.reduce((sum, call) => sum + call.bytes, 0);
  const dataNeeded = new Map<string, number>();
  for (const { Dimensions, Values = [] } of data) {
    const key = JSON.stringify(Dimensions);
    dataNeeded.set(key, (dataNeeded.get(key) ?? 0) + Values.length);
  }
  const fewestData = [...dataNeeded.values()].reduce((sum, values) => sum + Math.ceil(values / API.values), 0);
  expect(data).toHaveLength(fewestData);
  const fewest = Math.max(Math.ceil(fewestData / API.data), Math.ceil(bytes / API.bytes));
  expect(taken).toHaveLength(fewest);
  expect(fewest).toBe(calls);
  expect(problems).toEqual([]);
  await telemetry.shutdown();
});

test('requests are as full as their bytes allow, also where large data follow small ones', async () => {
  const { exporter, backend } = await sendingTo();
  const telemetry = createTelemetry({ service: { name: 'shop' }, exporters: [exporter], clock: new ManualClock() });
  const large = telemetry.histogram('large', { unit: 's' });
  const small = telemetry.counter('small');
  for (let i = 0; i < 400; i++) {
    for (let j = 0; j < 140; j++) large.record(1.2 ** (j - 70), { i });
    small.add(1, { i });
  }
  await telemetry.flush();
  const bytes = backend.calls.reduce((sum, call) => sum + call.bytes, 0);
  expect(backend.calls).toHaveLength(Math.ceil(bytes / API.bytes));
  // On the wire they are compressed.
  for (const call of backend.calls.filter((one) => one.bytes > 100_000)) {
    expect(call.wireBytes).toBeLessThan(call.bytes / 2);
  }
  await telemetry.shutdown();
});
