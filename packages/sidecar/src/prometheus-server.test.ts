import { createTelemetry } from '@telltale/core';
import { otlp } from '@telltale/exporter-otlp';
import { promtool, requireService, startPrometheus } from '@telltale-internal/services';
import { describe, expect, it, onTestFinished } from 'vitest';
import { counterRequest, runningSidecar } from './running-sidecar.test-support.ts';

interface Target {
  readonly health: string;
  readonly lastError: string;
  readonly lastScrape: string;
}

describe.runIf(requireService('prometheus'))('Prometheus', () => {
  it('reads the metrics of several services without an error, each instance by itself', async () => {
    const { url, send, clock } = await runningSidecar();
    for (const [name, instanceId] of [
      ['shop', 'a'],
      ['shop', 'b'],
      ['auth', 'c'],
    ] as const) {
      const telemetry = createTelemetry({
        service: { name, instanceId },
        exporters: [otlp({ url })],
        shutdown: { signals: false },
      });
      telemetry.counter('orders').add(3, { plan: 'pro' });
      telemetry.histogram('price', { buckets: [1, 5] }).record(2);
      telemetry.histogram('weight').record(2);
      telemetry.summary('wait').record(1);
      await telemetry.shutdown();
    }
    await send(
      '/v1/metrics',
      counterRequest({ 'service.name': 'nasty\n"' }, 'nasty', [{ value: 1, attributes: { 'a"\n': '\\"\n' } }]),
    );
    await clock.advance(1);
    const text = await (await fetch(`${url}/metrics`)).text();
    expect((await promtool(['check', 'metrics'], text)).stderr).not.toMatch(/error/i);
    const server = await startPrometheus({ scrapePort: Number(new URL(url).port) });
    onTestFinished(() => server.stop());
    const query = async (expression: string): Promise<Record<string, number>> => {
      const { result } = (await server.api('query', { query: expression })) as {
        result: readonly {
          readonly metric: Readonly<Record<string, string>>;
          readonly value: readonly [number, string];
        }[];
      };
      return Object.fromEntries(
        result.map(({ metric, value }) => [`${metric.service_name} ${metric.service_instance_id}`, Number(value[1])]),
      );
    };
    const target = async (): Promise<Target | undefined> =>
      ((await server.api('targets')) as { readonly activeTargets: readonly Target[] }).activeTargets[0];
    let scraped = await target();
    while (scraped === undefined || scraped.health === 'unknown') scraped = await target();
    expect([scraped.health, scraped.lastError]).toEqual(['up', '']);
    expect(await query('orders_total')).toEqual({ 'shop a': 3, 'shop b': 3, 'auth c': 3 });
    expect(await query('sum by (service_name, service_instance_id) (price_bucket{le=~"5(.0)?"})')).toEqual({
      'shop a': 1,
      'shop b': 1,
      'auth c': 1,
    });
    // Each series finds what is told of its instance.
    expect(await query('orders_total * on (service_name, service_instance_id) group_left () target_info')).toEqual({
      'shop a': 3,
      'shop b': 3,
      'auth c': 3,
    });
  });
});
