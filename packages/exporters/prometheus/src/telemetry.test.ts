import { createTelemetry } from '@telltale/core';
import { decodeMetricFamilies } from '@telltale-internal/backends';
import { expect, test, vi } from 'vitest';
import { parseExposition } from './exposition.test-support.ts';
import { prometheus } from './index.ts';
import { PROTOBUF } from './source.test-support.ts';

test('a telemetry is served with all its services', async () => {
  const metrics = prometheus();
  const onError = vi.fn();
  const telemetry = createTelemetry({ service: { name: 'checkout' }, exporters: [metrics], onError });
  telemetry.counter('orders', { unit: '{order}' }).add(2, { plan: 'pro', vip: true });
  telemetry.histogram('price', { unit: 'EUR', buckets: [1, 5] }).record(4.2, { plan: 'pro' });
  telemetry.histogram('wait', { unit: 's' }).record(0.2);
  telemetry.summary('size', { unit: 'By' }).record(3);
  telemetry.forService('auth', { version: '2' }).counter('orders', { unit: '{order}' }).add(3, { plan: 'pro' });
  for (const [accept, openMetrics] of [
    ['*/*', false],
    ['application/openmetrics-text', true],
  ] as const) {
    const { body } = await metrics.render(accept);
    parseExposition(body, openMetrics);
    expect(body).toContain('orders_total{plan="pro",vip="true"} 2\norders_total{service_name="auth",plan="pro"} 3\n');
    expect(body).toContain('price_EUR_sum{plan="pro"} 4.2\n');
    expect(body).toContain('wait_seconds_bucket{le="+Inf"} 1\n');
    expect(body).toContain('size_bytes_count 1\n');
    expect(body.match(/^target_info\{.*service_name="(checkout|auth)".*\} 1$/gm)).toHaveLength(2);
  }
  await telemetry.shutdown();
  expect(onError).not.toHaveBeenCalled();
});

test('what a telemetry records is served in protobuf, exponential histograms as native ones', async () => {
  const metrics = prometheus();
  const telemetry = createTelemetry({ service: { name: 'checkout' }, exporters: [metrics] });
  const wait = telemetry.histogram('wait', { unit: 's' });
  for (let i = 1; i <= 1000; i++) wait.record(i / 1000, { queue: 'emails' });
  telemetry.counter('orders').add(2);
  const families = decodeMetricFamilies((await metrics.renderBytes(PROTOBUF)).body);
  const native = families.find(({ name }) => name === 'wait_seconds')!.metric[0]!.histogram!;
  expect(native).toMatchObject({ sampleCount: 1000, sampleSum: expect.closeTo(500.5, 6) });
  // A thousandth to one are ten powers of two, which 160 buckets divide into 16 parts each.
  expect(native.schema).toBe(4);
  expect(families.find(({ name }) => name === 'orders_total')!.metric[0]!.counter!.value).toBe(2);
  await telemetry.shutdown();
});

test('a taken port is told to onError, and the service goes on', async () => {
  const first = prometheus({ port: 0, host: '127.0.0.1' });
  const telemetry = createTelemetry({ service: { name: 'a' }, exporters: [first] });
  await vi.waitFor(() => expect(first.address).toBeDefined());
  const onError = vi.fn();
  const second = prometheus({ port: first.address!.port, host: '127.0.0.1' });
  const other = createTelemetry({ service: { name: 'b' }, exporters: [second], onError });
  await vi.waitFor(() => expect(onError).toHaveBeenCalled());
  expect(onError.mock.calls[0]).toEqual([
    expect.objectContaining({ message: expect.stringContaining('is taken') }),
    'prometheus',
  ]);
  other.counter('orders').add(1);
  expect((await second.render()).body).toContain('orders_total 1\n');
  await Promise.all([telemetry.shutdown(), other.shutdown()]);
});
