import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backendPrices } from './backend-prices.ts';
import { type Bill, billOf } from './bill.ts';
import type { MetricShape } from './metric-shape.ts';
import { type MonthlyUsage, SECONDS_PER_MONTH } from './monthly-usage.ts';
import { type BackendPrices, PRICES } from './prices.ts';

const counters = (series: number): MetricShape => ({ name: 'c', type: 'counter', series, buckets: 0, quantiles: 0 });
const histograms = (series: number): MetricShape => ({
  name: 'h',
  type: 'histogram',
  series,
  buckets: 15 * series,
  quantiles: 0,
});
const summaries = (series: number): MetricShape => ({
  name: 's',
  type: 'summary',
  series,
  buckets: 0,
  quantiles: 3 * series,
});

function bill(backend: string, usage: Partial<MonthlyUsage>, freeAllowance = false, prices = {}): Bill {
  const given = { shapes: [], interval: 60, signals: {}, ...usage };
  return billOf(backendPrices(backend, prices) as BackendPrices, given, { freeAllowance, spansPerTrace: 1 });
}

describe('a bill', () => {
  it('of CloudWatch is one metric for each series, and its requests', () => {
    const signals = { metrics: { requests: 43_800, bytes: 1e9, items: 1e6 } };
    const { perMonth, lines } = bill('cloudwatch', { shapes: [counters(100), histograms(50)], signals });
    expect(lines).toMatchObject([
      { item: 'metric-month', quantity: 150, unitPrice: 0.3, perMonth: 45, verified: true },
      { item: 'thousand-requests', quantity: 43.8, unitPrice: 0.01, verified: false },
    ]);
    expect(perMonth).toBeCloseTo(45.438);
  });

  it('of CloudWatch has a metric more for each quantile of a summary', () => {
    expect(bill('cloudwatch', { shapes: [summaries(10)] }).lines).toMatchObject([{ quantity: 40 }]);
  });

  it('has a line for each tier that is reached', () => {
    const { perMonth, lines } = bill('cloudwatch', { shapes: [counters(260_000)] });
    expect(lines.map(({ quantity, unitPrice, verified }) => [quantity, unitPrice, verified])).toEqual([
      [10_000, 0.3, true],
      [240_000, 0.1, false],
      [10_000, 0.05, false],
    ]);
    expect(perMonth).toBeCloseTo(27_500);
  });

  it('deducts what is free only when asked to', () => {
    expect(bill('cloudwatch', { shapes: [counters(10)] }).perMonth).toBeCloseTo(3);
    expect(bill('cloudwatch', { shapes: [counters(10)] }, true)).toMatchObject({
      perMonth: 0,
      lines: [],
      free: [{ item: 'metric-month', quantity: 10 }],
    });
    const traces = { spans: { requests: 1, bytes: 1, items: 300_000 } };
    expect(bill('xray', { signals: traces }).perMonth).toBeCloseTo(1.5);
    expect(bill('xray', { signals: traces }, true).perMonth).toBeCloseTo(1);
  });

  it('of Datadog counts a distribution as five, and its events as logs', () => {
    const events = { requests: 1, bytes: 2e9, items: 4e6 };
    const { lines } = bill('datadog', { shapes: [counters(100), histograms(20), summaries(20)], signals: { events } });
    expect(lines.map(({ item, quantity, perMonth }) => [item, quantity, perMonth])).toEqual([
      ['hundred-metrics-month', 3, 15],
      ['log-gigabyte', 2, 0.2],
      ['million-log-events', 4, 6.8],
    ]);
  });

  it('of what stores as Prometheus does counts buckets, and points that come oftener than once a minute', () => {
    expect(bill('grafana-cloud', { shapes: [counters(150), histograms(50)] }).lines).toMatchObject([
      { quantity: 1, perMonth: 6.5 },
    ]);
    expect(bill('grafana-cloud', { shapes: [counters(1000)], interval: 10 }).lines).toMatchObject([{ quantity: 6 }]);
    expect(bill('grafana-cloud', { shapes: [counters(1000)], interval: 600 }).lines).toMatchObject([{ quantity: 1 }]);
  });

  it('of Google counts bytes of points as it stores them', () => {
    const metrics = { requests: 1, bytes: 1e12, items: 3 * 43_800 };
    const { lines } = bill('google-cloud', { shapes: [counters(2), histograms(1)], signals: { metrics } });
    expect(lines).toMatchObject([{ item: 'metric-mebibyte', verified: true }]);
    expect(lines[0]?.quantity).toBeCloseTo(((8 + 8 + 80) * 43_800) / 2 ** 20);
  });

  it('of what charges by volume takes bytes of all signals', () => {
    const one = { requests: 1, bytes: 1e9, items: 1 };
    expect(bill('newrelic', { signals: { metrics: one, spans: one, events: one } }).perMonth).toBeCloseTo(1.2);
    expect(bill('azure-monitor', { signals: { spans: one } }).perMonth).toBeCloseTo(2.3);
  });

  it('is nothing where nothing is charged, and has no price where none is published', () => {
    const one = { requests: 1, bytes: 1e9, items: 1 };
    for (const backend of ['otlp', 'jaeger', 'zipkin', 'prometheus', 'statsd']) {
      expect(bill(backend, { shapes: [counters(1000)], signals: { spans: one } })).toEqual({
        perMonth: 0,
        lines: [],
        free: [],
      });
    }
    const { perMonth, lines } = bill('splunk', { signals: { events: one } });
    expect(perMonth).toBe(0);
    expect(lines).toEqual([
      { item: 'gigabyte', quantity: 1, perMonth: 0, verified: false, source: expect.stringContaining('splunk') },
    ]);
  });

  it('takes a price that is given in place of the table’s', () => {
    const { lines } = bill('cloudwatch', { shapes: [counters(20_000)] }, false, {
      cloudwatch: { 'metric-month': 0.25 },
    });
    expect(lines).toEqual([
      {
        item: 'metric-month',
        quantity: 20_000,
        unitPrice: 0.25,
        perMonth: 5000,
        verified: true,
        source: 'given by `prices`',
      },
    ]);
    expect(
      bill('splunk', { signals: { events: { requests: 1, bytes: 2e9, items: 1 } } }, false, { splunk: { gigabyte: 3 } })
        .perMonth,
    ).toBe(6);
  });

  it('is the sum of quantity times price, and grows with what is used', () => {
    const signal = fc.record({ requests: fc.nat(1e9), bytes: fc.nat(1e15), items: fc.nat(1e12) });
    const usage = fc.record({
      series: fc.nat(2e6),
      metrics: signal,
      spans: signal,
      events: signal,
      interval: fc.integer({ min: 1, max: 600 }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(PRICES)),
        usage,
        fc.boolean(),
        (backend, { series, interval, ...signals }, free) => {
          const of = (times: number): Bill => {
            const scaled = Object.entries(signals).map(([signal, { requests, bytes, items }]) => {
              return [signal, { requests: times * requests, bytes: times * bytes, items: times * items }];
            });
            const shapes = [counters(times * series), histograms(times * series)];
            return bill(backend, { shapes, interval, signals: Object.fromEntries(scaled) }, free);
          };
          const { perMonth, lines } = of(1);
          const sum = lines.reduce((sum, line) => sum + line.quantity * (line.unitPrice ?? 0), 0);
          expect(Math.abs(perMonth - sum)).toBeLessThanOrEqual(1e-9 * sum);
          expect(of(2).perMonth).toBeGreaterThanOrEqual(perMonth);
        },
      ),
    );
  });
});

describe('the price table', () => {
  it('has rising tiers, the last without end, a source for each price and units above 0', () => {
    expect(SECONDS_PER_MONTH).toBe(2_628_000);
    for (const [backend, { items }] of Object.entries<BackendPrices>(PRICES)) {
      for (const [item, { tiers, per, source }] of Object.entries(items)) {
        const ends = tiers.map(({ upTo }) => upTo);
        const where = `${backend} ${item}`;
        expect(ends.at(-1), where).toBeUndefined();
        expect(ends.slice(0, -1), where).toEqual([...new Set(ends.slice(0, -1))].sort((a, b) => Number(a) - Number(b)));
        expect(per, where).toBeGreaterThan(0);
        expect(source, where).toMatch(/^https:\/\//);
        for (const tier of tiers) expect(tier.price === undefined && tier.verified, where).toBe(false);
      }
    }
  });
});
