import { createTelemetry } from '@telltale/core';
import { decodeMetricFamilies } from '@telltale-internal/backends';
import { expect, test } from 'vitest';
import { parseExposition } from './exposition.test-support.ts';
import { type PrometheusOptions, prometheus } from './index.ts';
import { PROTOBUF } from './source.test-support.ts';

const LABELS = { stage: 'prod', zone: 'a "b"\n' };

function shop(options: PrometheusOptions = {}) {
  const metrics = prometheus({ labels: LABELS, ...options });
  const telemetry = createTelemetry({
    service: { name: 'checkout', instanceId: 'i-1' },
    exporters: [metrics],
    metrics: { disable: ['telltale.*'] },
  });
  return { metrics, telemetry };
}

test('every series of every type has the labels, and so has target_info', async () => {
  const { metrics, telemetry } = shop();
  telemetry.counter('orders').add(2, { plan: 'pro' });
  telemetry.histogram('price', { buckets: [1] }).record(4);
  telemetry.histogram('wait', { unit: 's' }).record(0.2);
  telemetry.summary('size').record(3);
  telemetry.forService('auth').gauge('load').record(1);
  const stage = 'stage="prod",zone="a \\"b\\"\\n"';
  for (const accept of ['*/*', 'application/openmetrics-text']) {
    const { body } = await metrics.render(accept);
    parseExposition(body, accept !== '*/*');
    const samples = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(samples.filter((line) => !line.includes(`{${stage}`))).toEqual([]);
    expect(samples).toContain(`orders_total{${stage},plan="pro"} 2`);
    expect(samples).toContain(`load{${stage},service_name="auth"} 1`);
    expect(samples.filter((line) => line.startsWith(`target_info{${stage},`))).toHaveLength(2);
  }
  await telemetry.shutdown();
});

test('in protobuf they are fields like others', async () => {
  const { metrics, telemetry } = shop();
  telemetry.counter('orders').add(2);
  const families = decodeMetricFamilies((await metrics.renderBytes(PROTOBUF)).body);
  expect(families.map(({ name }) => name)).toEqual(['target_info', 'orders_total']);
  for (const { metric } of families) {
    expect(metric[0]?.label).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'stage', value: 'prod' }),
        expect.objectContaining({ name: 'zone', value: 'a "b"\n' }),
      ]),
    );
  }
  await telemetry.shutdown();
});

test('an attribute that would be called like one of them gives way, and series stay apart', async () => {
  const { metrics, telemetry } = shop({ labels: { stage: 'prod', service_name: 'all' } });
  const orders = telemetry.counter('orders');
  orders.add(1, { stage: 'basket' });
  orders.add(2, { stage: 'payment' });
  orders.add(3);
  telemetry.forService('auth').counter('orders').add(4);
  const { body } = await metrics.render();
  parseExposition(body, false);
  expect(body).toContain('orders_total{stage="prod",service_name="all",exported_stage="basket"} 1\n');
  expect(body).toContain('orders_total{stage="prod",service_name="all",exported_stage="payment"} 2\n');
  expect(body).toContain('orders_total{stage="prod",service_name="all"} 3\n');
  // Another service of the process is told apart by its own name.
  expect(body).toContain('orders_total{stage="prod",service_name="auth"} 4\n');
  expect(body).toContain('exported_service_name="checkout"');
  await telemetry.shutdown();
});

test('they are not put on merged metrics, which have labels of their own', async () => {
  const registry = {
    getMetricsAsJSON: async () => [{ name: 'old', type: 'gauge', help: '', values: [{ value: 1, labels: {} }] }],
  };
  const { metrics, telemetry } = shop({ merge: registry });
  expect((await metrics.render()).body).toContain('\nold 1\n');
  await telemetry.shutdown();
});

test('who asks for dots in names gets theirs escaped alike', async () => {
  const { metrics, telemetry } = shop({ labels: { my_stage: 'prod' } });
  telemetry.counter('orders').add(1);
  const { body } = await metrics.render('text/plain;version=1.0.0;escaping=dots');
  expect(body).toContain('my__stage="prod"');
  await telemetry.shutdown();
});
