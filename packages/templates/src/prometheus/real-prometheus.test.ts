import { setTimeout as sleep } from 'node:timers/promises';
import type { AlertRule } from '@telltale/alerts';
import { createTelemetry, type Telemetry } from '@telltale/core';
import { type PrometheusExporter, prometheus } from '@telltale/exporter-prometheus';
import { requireService, startPrometheus } from '@telltale-internal/services';
import { expect, it } from 'vitest';
import { type PrometheusRulesOptions, prometheusRules } from '../index.ts';

interface FiringAlert {
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const RULES: readonly AlertRule[] = [
  {
    name: 'ManyActive',
    when: { type: 'threshold', metric: 'http.server.active_requests', is: '>', value: 0 },
    labels: { team: 'shop' },
    summary: '{{value}} requests to {{service_name}}',
  },
  {
    name: 'Calls',
    when: {
      type: 'rate',
      metric: 'boundary.call.duration',
      over: 4,
      is: '>',
      value: 0,
      by: ['service.name', 'boundary.to'],
    },
    severity: 'critical',
    summary: '{{service_name}} calls {{boundary_to}}',
  },
];

/** The alerts that a real Prometheus fires for the `/metrics` of our exporter, as soon as there are so many. */
async function firing(
  service: (telemetry: Telemetry) => readonly Telemetry[],
  count: number,
  options: PrometheusRulesOptions = {},
): Promise<readonly string[]> {
  const exporter: PrometheusExporter = prometheus({ port: 0, host: '127.0.0.1' });
  const telemetry = createTelemetry({
    service: { name: 'checkout' },
    exporters: [exporter],
    shutdown: { signals: false },
  });
  const all = service(telemetry);
  for (const one of all) one.request({ method: 'GET', scheme: 'http' });
  const calls = setInterval(() => {
    for (const one of all) void one.boundary({ to: 'payments', operation: 'charge', protocol: 'grpc' }, async () => {});
  }, 100);
  while (exporter.address === undefined) await sleep(5);
  const [rules] = prometheusRules({ rules: RULES, ...options });
  const server = await startPrometheus({ scrapePort: exporter.address.port, rules: rules?.content as string });
  try {
    for (let i = 0; ; i++) {
      const { alerts } = (await server.api('alerts')) as { alerts: readonly FiringAlert[] };
      const told = alerts.filter(({ state }) => state === 'firing');
      if (told.length >= count || i === 150) return told.map(textOf).sort();
      await sleep(100);
    }
  } finally {
    clearInterval(calls);
    await server.stop();
    await telemetry.shutdown();
  }
}

function textOf({ labels, annotations }: FiringAlert): string {
  const { alertname, severity, ...rest } = labels;
  return `${alertname} ${severity} ${JSON.stringify(rest)} ${annotations.summary}`;
}

const it30 = (title: string, test: () => Promise<void>) => it.runIf(requireService('prometheus'))(title, test, 30_000);

it30('a service that serves its own metrics is known by its target_info', async () => {
  expect(await firing((telemetry) => [telemetry], 2)).toEqual([
    'Calls critical {"boundary_to":"payments","service_name":"checkout"} checkout calls payments',
    'ManyActive warning {"service_name":"checkout","team":"shop"} 1 requests to checkout',
  ]);
});

it30('services whose metrics another process serves, as the sidecar does, are known by their label', async () => {
  const others = (telemetry: Telemetry): readonly Telemetry[] =>
    ['auth', 'billing'].map((name) => telemetry.forService(name) as Telemetry);
  expect(await firing(others, 4)).toEqual([
    'Calls critical {"boundary_to":"payments","service_name":"auth"} auth calls payments',
    'Calls critical {"boundary_to":"payments","service_name":"billing"} billing calls payments',
    'ManyActive warning {"service_name":"auth","team":"shop"} 1 requests to auth',
    'ManyActive warning {"service_name":"billing","team":"shop"} 1 requests to billing',
  ]);
});

it30('a service is called like its scrape job where that is said', async () => {
  expect(await firing((telemetry) => [telemetry], 2, { service: 'job' })).toEqual([
    'Calls critical {"boundary_to":"payments","service_name":"telltale"} telltale calls payments',
    'ManyActive warning {"service_name":"telltale","team":"shop"} 1 requests to telltale',
  ]);
});
