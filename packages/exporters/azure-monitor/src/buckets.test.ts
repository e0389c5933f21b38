import { createTelemetry } from '@telltale/core';
import { contextOf, ManualClock, sampleSnapshot } from '@telltale/testing';
import { type AzureMonitorItem, openAzureMonitorBackend } from '@telltale-internal/backends';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bucketProperty } from './bucket-property.ts';
import { azureMonitor } from './index.ts';

/**
 * `customMetrics | mv-expand b = parse_json(tostring(customDimensions["histogram.buckets"])) | summarize percentilesw(todouble(b[0]), tolong(b[1]), …)`
 * as Kusto's documentation describes it: the nearest rank, each value as if it were there as often as its weight says.
 */
function percentilesOf(rows: readonly AzureMonitorItem[], ...percents: readonly number[]): readonly number[] {
  const repeated = rows
    .flatMap(({ data }) => {
      const { properties } = data.baseData as { readonly properties: Readonly<Record<string, string>> };
      return JSON.parse(properties['histogram.buckets'] ?? '[]') as [number, number][];
    })
    .flatMap(([value, count]) => Array<number>(count).fill(value))
    .sort((a, b) => a - b);
  return percents.map((percent) => repeated[Math.max(0, Math.ceil((percent / 100) * repeated.length) - 1)] as number);
}

function rowsOf(items: readonly AzureMonitorItem[], name: string): readonly AzureMonitorItem[] {
  return items.filter(({ data }) => JSON.stringify(data.baseData.metrics ?? '').includes(`"${name}"`));
}

/** As KQL's `sum(valueSum)` and `sum(valueCount)`, without expanding buckets. */
function totalsOf(rows: readonly AzureMonitorItem[]): { readonly sum: number; readonly count: number } {
  const points = rows.map(({ data }) => (data.baseData.metrics as { value: number; count: number }[])[0]);
  return {
    sum: points.reduce((total, point) => total + (point?.value ?? 0), 0),
    count: points.reduce((total, point) => total + (point?.count ?? 0), 0),
  };
}

it('lets KQL compute percentiles over exports, processes and routes, with counts and sums exact', async () => {
  const clock = new ManualClock();
  const backend = await openAzureMonitorBackend();
  const telemetry = createTelemetry({
    service: { name: 'shop' },
    clock,
    exporters: [azureMonitor({ connectionString: backend.connectionString })],
  } as never);
  const boundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
  const explicit = telemetry.histogram('explicit', { unit: 's', buckets: boundaries });
  const exponential = telemetry.histogram('exponential', { unit: 's' });
  const values: number[] = [];
  for (let minute = 0; minute < 3; minute++) {
    for (let i = 1; i <= 200; i++) {
      const value = ((i * 37 + minute * 11) % 800) / 1000 + 0.001;
      values.push(value);
      explicit.record(value, { 'http.route': `/${i % 3}` });
      exponential.record(value, { 'http.route': `/${i % 3}` });
    }
    await telemetry.flush();
  }
  await telemetry.shutdown();
  values.sort((a, b) => a - b);
  const exact = (percent: number): number => values[Math.ceil((percent / 100) * values.length) - 1] as number;
  const items = backend.items();

  for (const name of ['explicit', 'exponential']) {
    const totals = totalsOf(rowsOf(items, name));
    expect(totals.count).toBe(600);
    expect(totals.sum).toBeCloseTo(
      values.reduce((sum, value) => sum + value, 0),
      9,
    );
  }
  const [p50 = 0, p95 = 0] = percentilesOf(rowsOf(items, 'explicit'), 50, 95);
  const inSameBucket = (a: number, b: number): boolean =>
    boundaries.findIndex((end) => a <= end) === boundaries.findIndex((end) => b <= end);
  expect(inSameBucket(p50, exact(50))).toBe(true);
  expect(inSameBucket(p95, exact(95))).toBe(true);
  // Buckets of exponential histograms are narrow.
  const [q50 = 0, q95 = 0] = percentilesOf(rowsOf(items, 'exponential'), 50, 95);
  expect(Math.abs(q50 / exact(50) - 1)).toBeLessThan(0.05);
  expect(Math.abs(q95 / exact(95) - 1)).toBeLessThan(0.05);
  await backend.close();
});

it('leaves the buckets out where that is asked for', async () => {
  const backend = await openAzureMonitorBackend();
  const exporter = azureMonitor({ connectionString: backend.connectionString, buckets: false });
  await exporter.exportMetrics?.(sampleSnapshot({ temporality: 'delta' }), contextOf());
  expect(backend.items().length).toBeGreaterThan(0);
  expect(JSON.stringify(backend.items())).not.toContain('histogram.buckets');
  await exporter.shutdown?.();
  await backend.close();
});

it('keeps every count, in a property of at most 8,192 characters, whatever the histogram', () => {
  const rest = { attributes: {}, startTime: 0, time: 1, min: undefined, max: undefined, exemplars: [] };
  fc.assert(
    fc.property(fc.array(fc.nat(1_000_000), { minLength: 2, maxLength: 2000 }), (counts) => {
      const count = counts.reduce((sum, n) => sum + n, 0);
      const boundaries = counts.slice(1).map((_, i) => i * 1.0123456789);
      const text = bucketProperty({ ...rest, count, sum: count * 3, counts }, boundaries);
      expect(text.length).toBeLessThanOrEqual(8192);
      const values = JSON.parse(text) as [number, number][];
      expect(values.reduce((sum, [, n]) => sum + n, 0)).toBe(count);
      expect(values.map(([value]) => value)).toEqual(values.map(([value]) => value).sort((a, b) => a - b));
    }),
    { numRuns: 50 },
  );
});
