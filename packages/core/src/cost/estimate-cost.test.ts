import { describe, expect, it } from 'vitest';
import type { ExporterUsage, SignalUsage } from '../export/usage.ts';
import { estimateCost } from '../index.ts';
import type { MetricShape } from './metric-shape.ts';
import { SECONDS_PER_MONTH } from './monthly-usage.ts';

const counters = (series: number): MetricShape => ({ name: 'c', type: 'counter', series, buckets: 0, quantiles: 0 });
const used = (some: Partial<SignalUsage>): SignalUsage => ({
  requests: 0,
  bytes: 0,
  uncompressed: 0,
  items: 0,
  series: 0,
  ...some,
});

function of(...exporters: readonly Partial<ExporterUsage>[]): { usage(): readonly ExporterUsage[] } {
  const rest = {
    name: 'cloudwatch',
    seconds: 7200,
    interval: { metrics: 60, spans: 5, events: 1 },
    signals: {},
    metrics: [],
  };
  return { usage: () => exporters.map((one) => ({ ...rest, ...one })) };
}

describe('what exporters cost', () => {
  it('is plain data: what a month uses, each line of the bill, and where its price is from', () => {
    const metrics = used({ requests: 120, bytes: 1000, uncompressed: 72_000, items: 12_000 });
    const cost = estimateCost(of({ backend: 'cloudwatch', signals: { metrics }, metrics: [counters(100)] }));
    expect(cost).toEqual({
      asOf: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
      currency: 'USD',
      perMonth: expect.closeTo(30.438),
      exporters: [
        {
          name: 'cloudwatch',
          backend: 'cloudwatch',
          series: 100,
          requestsPerMonth: 43_800,
          bytesPerMonth: 26_280_000,
          spansPerMonth: 0,
          eventsPerMonth: 0,
          perMonth: expect.closeTo(30.438),
          lines: [
            {
              item: 'metric-month',
              quantity: 100,
              unitPrice: 0.3,
              perMonth: 30,
              verified: true,
              source: 'https://aws.amazon.com/cloudwatch/pricing/',
            },
            {
              item: 'thousand-requests',
              quantity: 43.8,
              unitPrice: 0.01,
              perMonth: expect.closeTo(0.438),
              verified: false,
              source: 'https://aws.amazon.com/cloudwatch/pricing/',
            },
          ],
        },
      ],
      notes: [
        'Requests, bytes, spans and events are extrapolated from 7,200 s.',
        'List prices of one process. Series are those of now; a month in which they change has more.',
        'cloudwatch: not verified on a page of the backend: the price of thousand-requests.',
        'cloudwatch: free each month for the whole account: 10 × metric-month, 1,000 × thousand-requests; not deducted, as other services may use it up.',
        'cloudwatch: A metric is charged by the hour in which it is sent; alarms and dashboards come on top.',
      ],
    });
    expect(structuredClone(cost)).toEqual(cost);
  });

  it('says that a short run says little, and takes one export for an interval', () => {
    const metrics = used({ requests: 1, items: 100 });
    const cost = estimateCost(
      of({ backend: 'cloudwatch', seconds: 2, signals: { metrics }, metrics: [counters(100)] }),
    );
    expect(cost.exporters[0]?.requestsPerMonth).toBe(43_800);
    expect(cost.notes[0]).toBe(
      'Requests, bytes, spans and events are extrapolated from 2 s: so short a run says little about a month.',
    );
  });

  it('plans a request for each interval as long as nothing was sent', () => {
    const cost = estimateCost(
      of({
        backend: 'cloudwatch',
        seconds: 0,
        signals: { metrics: used({}), spans: used({}) },
        metrics: [counters(1)],
      }),
    );
    expect(cost.exporters[0]).toMatchObject({ requestsPerMonth: 43_800, spansPerMonth: 0 });
  });

  it('is nothing for exporters without a backend, which are listed, and for what runs at home', () => {
    const cost = estimateCost(
      of(
        { name: 'console', metrics: [counters(3)] },
        { name: 'prometheus', backend: 'prometheus', metrics: [counters(3)] },
      ),
    );
    expect(cost.perMonth).toBe(0);
    expect(cost.exporters).toMatchObject([
      { name: 'console', series: 3, perMonth: 0, lines: [] },
      { name: 'prometheus', series: 3, perMonth: 0, lines: [] },
    ]);
    expect(estimateCost(of({ name: 'console' })).notes).toEqual([]);
  });

  it('says which backend the table does not know, and which has no price that is published', () => {
    const events = used({ requests: 1, uncompressed: 1e9, items: 1 });
    const { notes } = estimateCost(
      of({ name: 'a', backend: 'elsewhere' }, { name: 'b', backend: 'splunk', signals: { events } }),
    );
    expect(notes).toContain(
      'a: the price table does not know the backend "elsewhere", so it is taken to cost nothing.',
    );
    expect(notes).toContain(
      'b: splunk publishes no price for gigabyte, so nothing is charged here; give yours by `prices`.',
    );
  });

  it('deducts what is free when asked to, and counts spans of a trace as told', () => {
    const spans = used({ requests: 10, items: (7200 / SECONDS_PER_MONTH) * 1e6 });
    const telemetry = of({ name: 'xray', backend: 'xray', signals: { spans } });
    expect(estimateCost(telemetry).perMonth).toBeCloseTo(5);
    expect(estimateCost(telemetry, { spansPerTrace: 4 }).perMonth).toBeCloseTo(1.25);
    const free = estimateCost(telemetry, { freeAllowance: true });
    expect(free.perMonth).toBeCloseTo(4.5);
    expect(free.notes).toContain('xray: free each month for the whole account: 0.1 × million-traces; deducted.');
  });

  it('takes prices that are given', () => {
    const telemetry = of({ backend: 'cloudwatch', metrics: [counters(100)] });
    const cost = estimateCost(telemetry, { prices: { cloudwatch: { 'metric-month': 0.25 } } });
    expect(cost.perMonth).toBe(25);
    expect(cost.notes.join()).not.toContain('not verified');
  });

  it.each([
    [{ prices: { cloudwatc: {} } }, 'Unknown option "estimateCost.prices.cloudwatc"; did you mean "cloudwatch"?'],
    [{ prices: { cloudwatch: { 'metric-moth': 1 } } }, 'did you mean "metric-month"?'],
    [{ prices: { cloudwatch: 3 } }, '"estimateCost.prices.cloudwatch" is of type number; give an object.'],
    [{ prices: { cloudwatch: { 'metric-month': '1' } } }, 'give US dollars, 0 or more.'],
    [{ price: {} }, 'did you mean "prices"?'],
    [{ spansPerTrace: 0 }, '"estimateCost.spansPerTrace" is 0; give a number from 1.'],
    [{ freeAllowance: 'yes' }, '"estimateCost.freeAllowance" is yes; give true or false.'],
  ])('refuses %j', (options, message) => {
    expect(() => estimateCost(of(), options as object)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(message) }),
    );
  });
});
