import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTelemetry, estimateCost, type Telemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';
import { afterEach, describe, expect, it } from 'vitest';
import type { CostReport } from './index.ts';
import { telltale } from './project.test-support.ts';

const servers: Server[] = [];
const telemetries: Telemetry[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  for (const telemetry of telemetries.splice(0)) await telemetry.shutdown();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

/** A service with 30 counter series, 10 histogram series and a gauge, and what it serves. */
async function service(): Promise<{ readonly url: string; readonly telemetry: Telemetry }> {
  const metrics = prometheus();
  const telemetry = createTelemetry({
    service: { name: 'shop' },
    exporters: [metrics],
    metrics: { disable: ['telltale.*'] },
  });
  telemetries.push(telemetry);
  const orders = telemetry.counter('orders');
  for (let i = 0; i < 30; i++) orders.add(1, { plan: `p${i}`, team: `t${i % 2}` });
  const price = telemetry.histogram('price', { unit: 's', buckets: [1, 5, 25] });
  for (let i = 0; i < 10; i++) price.record(i, { sku: `${i}` });
  telemetry.gauge('depth').record(3);
  return { url: await serve(metrics.handler), telemetry };
}

async function report(...args: readonly string[]): Promise<CostReport> {
  const { stdout, stderr, code } = await telltale(['cost', ...args, '--json']);
  expect([stderr, code]).toEqual(['', 0]);
  return JSON.parse(stdout);
}

const bill = ({ backends }: CostReport): readonly (readonly [string, number])[] =>
  backends.map(({ name, perMonth }) => [name, perMonth]);

describe('telltale cost', () => {
  it('counts the series of a running service, and says what they cost and what makes them', async () => {
    const { url } = await service();
    const { stdout, code } = await telltale(['cost', url, '--backend', 'cloudwatch,datadog,splunk']);
    expect(code).toBe(0);
    const lines = stdout.replace(url, 'URL').split('\n');
    expect(lines.splice(-2)).toEqual([
      expect.stringMatching(/^List prices as of \d{4}-\d{2}-\d{2}, without discounts/),
      '',
    ]);
    expect(lines).toEqual([
      'URL: 3 metrics, 41 series',
      '1 instance, each with an export every 60 s, 0 spans/s and 0 events/s',
      '',
      'A month',
      '              series   calls       USD',
      '  cloudwatch      41  43,800     12.74  not verified',
      '  datadog         81  43,800      4.05  not verified',
      '  splunk          41  43,800  no price',
      '',
      'Most series, and the labels that make them',
      '  orders         counter    30  plan 30, team 2',
      '  price_seconds  histogram  10  sku 10',
      '  depth          gauge       1',
      '',
      'Notes',
      '  - cloudwatch: not verified on a page of the backend: the price of thousand-requests.',
      '  - cloudwatch: free each month for the whole account: 10 × metric-month, 1,000 × thousand-requests; not deducted, as other services may use it up.',
      '  - cloudwatch: A metric is charged by the hour in which it is sent; alarms and dashboards come on top.',
      '  - datadog: not verified on a page of the backend: the price of hundred-metrics-month.',
      '  - datadog: free each month for the whole account: 1 × hundred-metrics-month; not deducted, as other services may use it up.',
      '  - datadog: Hosts, APM (charged by the host) and percentiles of distributions (five more custom metrics each) come on top; 100 or 200 custom metrics a host are free.',
      '  - splunk: splunk publishes no price for gigabyte, so nothing is charged here; give yours by `prices`.',
      '',
    ]);
  });

  it('finds as many series as there are in the service itself', async () => {
    const { url, telemetry } = await service();
    const { metrics } = await report(url, '--backend', 'otlp');
    const own = estimateCost(telemetry).exporters[0];
    expect(metrics.map(({ name, series, buckets }) => [name, series, buckets])).toEqual([
      ['orders', 30, 0],
      ['price_seconds', 10, 40],
      ['depth', 1, 0],
    ]);
    expect(own?.series).toBe(30 + 10 + 1);
  });

  it('is asked for every backend that charges, unless told otherwise', async () => {
    const { url } = await service();
    const { backends } = await report(url);
    const names = backends.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['cloudwatch', 'xray', 'azure-monitor', 'google-cloud', 'datadog', 'newrelic']),
    );
    expect(names).not.toContain('prometheus');
  });

  it('takes how the service is run: interval, instances, requests, spans and events', async () => {
    const { url } = await service();
    const run = ['--interval', '10', '--instances', '3', '--requests-per-second', '100'];
    const { backends, assumptions } = await report(
      url,
      '--backend',
      'cloudwatch,datadog,xray',
      ...run,
      '--events-per-second',
      '0',
    );
    expect(assumptions).toEqual({ interval: 10, instances: 3, spansPerSecond: 100, eventsPerSecond: 0 });
    expect(backends).toMatchObject([
      { series: 41, requestsPerMonth: 3 * 262_800, spansPerMonth: 0 },
      { series: 3 * 81, spansPerMonth: 3 * 262_800_000, eventsPerMonth: 0 },
      { series: 0, spansPerMonth: 3 * 262_800_000, perMonth: 3942 },
    ]);
    expect(
      bill(
        await report(
          url,
          '--backend',
          'xray',
          '--spans-per-second',
          '100',
          '--spans-per-trace',
          '10',
          '--free-allowance',
        ),
      ),
    ).toEqual([['xray', expect.closeTo(130.9)]]);
  });

  it('takes prices from a file, and refuses what is in it by name', async () => {
    const { url } = await service();
    const folder = await mkdtemp(join(tmpdir(), 'telltale-cost-'));
    const file = join(folder, 'prices.json');
    await writeFile(file, JSON.stringify({ cloudwatch: { 'metric-month': 1, 'thousand-requests': 0 } }));
    expect(bill(await report(url, '--backend', 'cloudwatch', '--prices', file))).toEqual([['cloudwatch', 41]]);
    await writeFile(file, JSON.stringify({ cloudwatch: { 'metric-mont': 1 } }));
    const { stderr, code } = await telltale(['cost', url, '--prices', file]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'prices.json cannot be used: Unknown option "prices.cloudwatch.metric-mont"; did you mean "metric-month"?',
    );
    await rm(folder, { recursive: true });
  });

  it('says what to mend when there is nothing to be read', async () => {
    const html = await serve((_, response) =>
      response.setHeader('content-type', 'text/html').end('<!doctype html><p>Hello'),
    );
    const missing = await serve((_, response) => response.writeHead(404).end());
    const empty = await serve((_, response) => response.end('# EOF\n'));
    const gone = await serve(() => {});
    servers.pop()?.close();
    const says = async (...args: readonly string[]): Promise<string> => {
      const { code, stderr } = await telltale(['cost', ...args]);
      expect(code).toBe(1);
      return stderr;
    };
    const said = await Promise.all([
      says(html),
      says(missing),
      says(empty),
      says(gone),
      says('localhost:9464'),
      says('--backend', 'cloudwach'),
      says('--interval', '0'),
      says('--instances', '1.5'),
      says('--prices', '/nowhere.json'),
    ]);
    expect(said).toEqual(
      [
        'serves text/html, which is no scrape: line 1 (<!doctype html><p>Hello): it has no name. Give the URL',
        'answered with status 404. Give the URL at which the service serves its metrics.',
        'serves no metrics so far.',
        'cannot be reached (ECONNREFUSED). Start the service, or give the URL',
        'Give a URL such as http://localhost:9464/metrics.',
        'There are no prices of "cloudwach"; did you mean cloudwatch?',
        'Give a number above 0.',
        'Give a whole number from 1.',
        'The prices in /nowhere.json cannot be used: ENOENT',
      ].map((message) => expect.stringContaining(message)),
    );
  });
});
