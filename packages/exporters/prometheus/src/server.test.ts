import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type PrometheusExporter, type PrometheusOptions, prometheus } from './index.ts';
import { numbers, sourceOf } from './source.test-support.ts';

const metrics = [numbers('counter', 'orders', [[{}, 1]])];
const exporters: PrometheusExporter[] = [];
afterEach(() => Promise.all(exporters.splice(0).map((exporter) => exporter.shutdown?.())));

function make(options: PrometheusOptions): PrometheusExporter {
  const exporter = prometheus({ targetInfo: false, ...options });
  exporters.push(exporter);
  return exporter;
}

test('with a port, the exporter has a server of its own until shutdown', async () => {
  const exporter = make({ port: 0, host: '127.0.0.1' });
  expect(exporter.address).toBeUndefined();
  await exporter.start?.(sourceOf(metrics));
  const { address, port } = exporter.address!;
  expect(address).toBe('127.0.0.1');
  const url = `http://127.0.0.1:${port}`;
  expect(await (await fetch(`${url}/metrics?x=1`)).text()).toBe('# TYPE orders_total counter\norders_total 1\n');
  const other = await fetch(`${url}/`);
  expect([other.status, await other.text()]).toEqual([404, 'The metrics are at /metrics\n']);
  await exporter.shutdown?.();
  expect(exporter.address).toBeUndefined();
  await expect(fetch(`${url}/metrics`)).rejects.toThrow();
});

test('the server listens on all interfaces and any path that is asked for', async () => {
  const exporter = make({ port: 0, path: '/internal/metrics' });
  await exporter.start?.(sourceOf(metrics));
  expect(['::', '0.0.0.0']).toContain(exporter.address!.address);
  const response = await fetch(`http://127.0.0.1:${exporter.address!.port}/internal/metrics`);
  expect(await response.text()).toContain('orders_total 1\n');
});

test('a taken port is told with what to do, and the handler works all the same', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const { port } = blocker.address() as AddressInfo;
  const exporter = make({ port, host: '127.0.0.1' });
  await expect(exporter.start?.(sourceOf(metrics))).rejects.toMatchObject({
    name: 'TelemetryError',
    code: 'ERR_EXPORTER',
    message:
      `port ${port} of 127.0.0.1 is taken by another process or another prometheus(): end that one, ` +
      "choose another with prometheus({ port }), or leave the port out and serve the exporter's handler from the service's own server",
  });
  expect(exporter.address).toBeUndefined();
  expect((await exporter.render()).body).toContain('orders_total 1\n');
  await exporter.shutdown?.();
  blocker.close();
});

test('a host that is none of this machine is told', async () => {
  await expect(make({ port: 0, host: '192.0.2.1' }).start?.(sourceOf(metrics))).rejects.toThrow(
    'cannot listen on port 0 of 192.0.2.1',
  );
});

test('an exporter serves one telemetry', async () => {
  const exporter = make({});
  await exporter.start?.(sourceOf(metrics));
  await expect(exporter.start?.(sourceOf(metrics))).rejects.toThrow('a prometheus() serves one telemetry');
});

test('shutdown ends scrapes that hang', async () => {
  const exporter = make({ port: 0, host: '127.0.0.1' });
  await exporter.start?.({ ...sourceOf(metrics), open: () => new Promise(() => {}) });
  const hanging = fetch(`http://127.0.0.1:${exporter.address!.port}/metrics`);
  const failed = expect(hanging).rejects.toThrow();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await exporter.shutdown?.();
  await failed;
});
