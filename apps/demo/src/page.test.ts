import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { requireService, startChromium } from '@telltale-internal/services';
import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Demo, startDemo, text } from './demo-process.test-support.ts';
import type { TallyReport } from './tally.ts';

const PORT = '3990';
const LOAD = { PORT, DEMO_RATE: '50', DEMO_REQUESTS: '300' };
/** A folder for the README's screenshots, which are of this run. */
const { TELLTALE_SCREENSHOTS: SCREENSHOTS } = process.env;
const SECONDS = { timeout: 120_000, interval: 200 };

type Row = Readonly<Record<string, string>>;
type Cells = ArrayLike<{ readonly innerText: string }>;

describe.runIf(requireService('chromium'))('the dashboard on the demo, in a browser', () => {
  it('shows in each view what the load generator did, as it happens, and goes on after a restart', {
    timeout: 420_000,
  }, async () => {
    const demo = await startDemo(LOAD);
    const { page, complaints } = await openPage(`${demo.url}/telltale/`);
    const load = await finished(demo);

    await expectNumbers(page, load);
    await expectRest(page);
    await expectUpdates(page, demo);
    if (SCREENSHOTS !== undefined) await takeScreenshots(page, SCREENSHOTS);

    demo.stop('SIGTERM');
    await demo.ended();
    await page.locator('.connection', { hasText: /reconnecting|polling/ }).waitFor();
    const second = await startDemo({ ...LOAD, DEMO_REQUESTS: '20' });
    expect(second.url).toBe(demo.url);
    await page.locator('.connection', { hasText: 'live' }).waitFor();
    const few = await finished(second);
    await vi.waitFor(
      async () => expect(totals(await view(page, 'routes', 'Routes'), routeOf)).toEqual(routesOf(few)),
      SECONDS,
    );
    expect(complaints).toEqual([]);
    second.stop('SIGTERM');
    expect(await second.ended()).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

async function finished(demo: Demo): Promise<TallyReport> {
  return vi.waitFor(async () => {
    const report = JSON.parse(await text(`${demo.url}/load`)) as TallyReport & { readonly finished: boolean };
    expect(report.finished).toBe(true);
    return report;
  }, SECONDS);
}

/** What the load generator counted by itself, and what a person would read. */
async function expectNumbers(page: Page, load: TallyReport): Promise<void> {
  const { completed, retried, failed } = load.jobs;
  await vi.waitFor(async () => {
    expect(totals(await view(page, 'routes', 'Routes'), routeOf)).toEqual(routesOf(load));
    const jobs = (await view(page, 'queues', 'Jobs')).filter(({ Queue }) => Queue !== '–');
    expect(sum(jobs, 'Total')).toBe(completed + retried + failed);
    expect(sum(jobs, 'Failed')).toBe(failed);
    expect(sum(jobs, 'Retries')).toBe(retried);
    expect((await view(page, 'queues', 'Queues')).map(({ Queue }) => Queue).sort()).toEqual(['emails', 'reports']);
    const pools = await view(page, 'pools', 'Pools');
    expect(
      sum(
        pools.filter(({ Pool }) => Pool === 'thumbnails'),
        'Total',
      ),
    ).toBe(load.thumbnails);
    const calls = await view(page, 'map', 'Calls');
    const to = (service: string): number =>
      sum(
        calls.filter(({ From, To }) => From === 'shop' && To === service),
        'Total',
      );
    expect([to('payments'), to('offers'), to('warehouse')]).toEqual([load.calls, load.offers, load.reportDays]);
  }, SECONDS);
}

/** What the load generator does not count. */
async function expectRest(page: Page): Promise<void> {
  const services = await view(page, 'overview', 'Services');
  expect(services.map(({ Service = '' }) => Service.split('\n')[0])).toEqual(
    expect.arrayContaining(['shop', 'payments', 'offers']),
  );
  const [process] = await view(page, 'runtime', 'Processes');
  expect(process).toMatchObject({ Memory: expect.stringMatching(/^\d.* (MB|GB)$/), CPU: expect.stringMatching(/ %$/) });
  const exporters = await view(page, 'exporters', 'Exporters');
  expect(exporters.map(({ Exporter }) => Exporter)).toEqual(expect.arrayContaining(['cloudwatch', 'otlp', 'alerts']));
  const metrics = await view(page, 'series', 'Largest metrics');
  expect(metrics.map(({ Metric }) => Metric)).toContain('http.server.request.duration');
  const traces = await view(page, 'traces', 'Slow and failed traces');
  expect(traces.length).toBeGreaterThan(3);
  await page.locator('#view a.row-link').first().click();
  await page.locator('.span-row').first().waitFor();
  await page.keyboard.press('Escape');
}

/** A request of now is there with the next frame. */
async function expectUpdates(page: Page, demo: Demo): Promise<void> {
  const before = totals(await view(page, 'routes', 'Routes'), routeOf).get('GET /products') ?? 0;
  await text(`${demo.url}/products`);
  await vi.waitFor(
    async () => expect(totals(await table(page, 'Routes'), routeOf).get('GET /products')).toBe(before + 1),
    { timeout: 10_000, interval: 50 },
  );
}

async function openPage(url: string): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
  const browser = await startChromium();
  onTestFinished(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  const complaints: string[] = [];
  page.on('console', (message) => {
    // The browser itself tells of connections that fail while the demo is down.
    const isNetwork = /ERR_|WebSocket connection to/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !isNetwork) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, complaints };
}

async function view(page: Page, name: string, caption: string): Promise<readonly Row[]> {
  await page.locator(`#tab-${name}`).click();
  await page.locator(`section[aria-label="${caption}"] tbody tr`).first().waitFor();
  return table(page, caption);
}

/** The rows of a table as they stand there, by the titles of its columns. */
async function table(page: Page, caption: string): Promise<readonly Row[]> {
  return page.locator(`section[aria-label="${caption}"] table`).evaluate((element) => {
    const { tHead, tBodies } = element as unknown as {
      readonly tHead: { readonly rows: readonly { readonly cells: Cells }[] };
      readonly tBodies: readonly { readonly rows: ArrayLike<{ readonly cells: Cells }> }[];
    };
    const textOf = (cells: Cells = []): string[] => Array.from(cells, ({ innerText }) => innerText.trim());
    const titles = textOf(tHead.rows[0]?.cells);
    return Array.from(tBodies[0]?.rows ?? [], ({ cells }) =>
      Object.fromEntries(textOf(cells).map((cell, i) => [titles[i] ?? '', cell])),
    );
  });
}

function routeOf(row: Row): string {
  return row.Service === 'shop' ? (row.Route ?? '') : '';
}

function totals(rows: readonly Row[], key: (row: Row) => string): ReadonlyMap<string, number> {
  const result = new Map<string, number>();
  for (const row of rows) if (key(row) !== '') result.set(key(row), (result.get(key(row)) ?? 0) + numberOf(row.Total));
  return result;
}

/** By method and route, whatever became of it. */
function routesOf({ requests }: TallyReport): ReadonlyMap<string, number> {
  const result = new Map<string, number>();
  for (const [kind, count] of Object.entries(requests)) {
    const route = kind.slice(0, kind.lastIndexOf(' '));
    result.set(route, (result.get(route) ?? 0) + count);
  }
  return result;
}

function sum(rows: readonly Row[], column: string): number {
  return rows.reduce((total, row) => total + numberOf(row[column]), 0);
}

function numberOf(shown = ''): number {
  return Number(shown.replaceAll(',', '')) || 0;
}

async function takeScreenshots(page: Page, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const shoot = (name: string): Promise<Buffer> => page.screenshot({ path: join(folder, `${name}.png`) });
  for (const name of ['overview', 'routes', 'queues', 'map', 'runtime', 'exporters', 'series']) {
    await page.locator(`#tab-${name}`).click();
    await shoot(name);
  }
  await page.locator('#tab-traces').click();
  await page.locator('#view a.row-link').first().click();
  await page.locator('.span-row').first().waitFor();
  await shoot('trace');
}
