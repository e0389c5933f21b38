import { describe, expect, it } from 'vitest';
import {
  type ExportContext,
  ExportError,
  type Exporter,
  estimateCost,
  type MetricsSnapshot,
  type NumberPoint,
  type Point,
} from '../index.ts';
import { testTelemetry } from '../telemetry.test-support.ts';

const disable = { metrics: { disable: ['telltale.*'] } };

interface Sent {
  readonly exporter: Exporter;
  /** What the backend took of `orders`, by its attributes as text. */
  readonly arrived: Map<string, number>;
}

/** An exporter that takes as much of a snapshot as `takes` lets it. */
function backend(
  temporality: 'cumulative' | 'delta',
  more: Partial<Exporter>,
  takes: (points: readonly Point[]) => readonly Point[] = (points) => points,
): Sent {
  const arrived = new Map<string, number>();
  const exportMetrics = async (snapshot: MetricsSnapshot, context: ExportContext): Promise<void> => {
    const points = snapshot.metrics.filter(({ name }) => name === 'orders').flatMap<Point>(({ points }) => points);
    await context.request?.(100, 1000);
    const taken = takes(points);
    for (const { attributes, value } of taken as readonly NumberPoint[]) {
      const key = JSON.stringify(attributes);
      arrived.set(key, temporality === 'delta' ? (arrived.get(key) ?? 0) + value : value);
    }
    context.accepted(taken);
    if (taken.length < points.length) throw new ExportError('not all of it');
  };
  return { arrived, exporter: { name: 'cloudwatch', backend: 'cloudwatch', temporality, exportMetrics, ...more } };
}

const budget = { perMonth: 10 };

describe.each(['cumulative', 'delta'] as const)('a budget of an exporter of %s metrics', (temporality) => {
  it('folds for that exporter only, says so, and keeps all totals', async () => {
    const frugal = backend(temporality, { delivery: { budget } });
    const whole = backend(temporality, { name: 'whole' });
    const exporters = [frugal.exporter, whole.exporter];
    const { telemetry, problems } = testTelemetry({ ...disable, exporters });
    const orders = telemetry.counter('orders');
    for (let i = 0; i < 100; i++) orders.add(1, { plan: i % 2 === 0 ? 'pro' : 'free', sku: `${i}` });
    await telemetry.flush();
    for (let i = 0; i < 50; i++) orders.add(2, { plan: 'pro', sku: `${2 * i}` });
    await telemetry.flush();
    expect([...frugal.arrived]).toEqual([
      ['{"plan":"pro","sku":"other"}', 150],
      ['{"plan":"free","sku":"other"}', 50],
    ]);
    expect(whole.arrived.size).toBe(100);
    expect(problems.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      expect.stringMatching(
        /^ERR_BUDGET: Folded `sku` of orders into `other` \(100 values\), because the metrics would cost 30\.44 of 10\.00 USD/,
      ),
    ]);
    const [health, other] = telemetry.health().exporters;
    expect(health?.folded).toEqual([{ metric: 'orders', attribute: 'sku', values: 100 }]);
    expect(other).not.toHaveProperty('folded');
    expect(telemetry.snapshot().metrics[0]?.points).toHaveLength(100);
    expect(estimateCost(telemetry).exporters).toMatchObject([{ series: 2 }, { series: 100 }]);
  });

  it('folds names without the prefix, and what the filter leaves out costs nothing', async () => {
    const filter = { series: (_: string, { sku }: Readonly<Record<string, unknown>>) => Number(sku) < 20 };
    const { exporter } = backend(temporality, { delivery: { budget, filter, prefix: 'shop.' } });
    const { telemetry, problems } = testTelemetry({ ...disable, exporters: [exporter] });
    for (let i = 0; i < 100; i++) telemetry.counter('orders').add(1, { sku: `${i}` });
    await telemetry.flush();
    expect(problems).toEqual([]);
    expect(estimateCost(telemetry).exporters).toMatchObject([{ series: 20 }]);
  });
});

it('what a backend took of a folded difference is not sent again', async () => {
  let call = 0;
  const { exporter, arrived } = backend('delta', { delivery: { budget } }, (points) =>
    call++ === 0 ? points.slice(0, 1) : points,
  );
  const { telemetry } = testTelemetry({ ...disable, exporters: [exporter] });
  const orders = telemetry.counter('orders');
  for (let i = 0; i < 100; i++) orders.add(1, { plan: i < 60 ? 'pro' : 'free', sku: `${i}` });
  await telemetry.flush();
  orders.add(5, { plan: 'pro', sku: '1' });
  await telemetry.flush();
  await telemetry.flush();
  expect([...arrived.values()].sort()).toEqual([40, 65]);
});

it('totals of folded series do not fall when series expire', async () => {
  const { exporter, arrived } = backend('cumulative', { delivery: { budget } });
  const { telemetry, clock } = testTelemetry({ ...disable, exporters: [exporter], cardinality: { expireAfter: 60 } });
  const orders = telemetry.counter('orders');
  for (let i = 0; i < 100; i++) orders.add(1, { sku: `${i}` });
  await telemetry.flush();
  for (let i = 0; i < 8; i++) {
    orders.add(1, { sku: '0' });
    clock.advance(20);
    await new Promise((resolve) => setImmediate(resolve));
  }
  orders.add(3, { sku: '99' });
  await telemetry.flush();
  expect(telemetry.snapshot().metrics[0]?.points).toHaveLength(2);
  expect([...arrived]).toEqual([['{"sku":"other"}', 111]]);
});

it('a telemetry says what its exporters cost, whether they have sent something or not', async () => {
  const { exporter } = backend('delta', { interval: 60 });
  const console: Exporter = { name: 'console', exportEvents: async () => {} };
  const { telemetry, clock } = testTelemetry({ ...disable, exporters: [exporter, console] });
  telemetry.counter('orders').add(1, { plan: 'pro' });
  telemetry.histogram('price', { buckets: [1] }).record(2);
  const before = estimateCost(telemetry);
  expect(before.exporters).toMatchObject([
    { name: 'cloudwatch', series: 2, requestsPerMonth: 43_800, bytesPerMonth: 0 },
    { name: 'console', series: 0, perMonth: 0, lines: [] },
  ]);
  expect(before.perMonth).toBeCloseTo(2 * 0.3 + 0.438);
  await telemetry.flush();
  clock.advance(7200);
  const after = estimateCost(telemetry, { prices: { cloudwatch: { 'metric-month': 1 } } });
  expect(after.exporters[0]).toMatchObject({
    series: 2,
    lines: [{ item: 'metric-month', perMonth: 2 }, { quantity: expect.any(Number) }],
  });
  expect(after.exporters[0]?.bytesPerMonth).toBeGreaterThan(0);
});

it('a budget that cannot be kept is refused when telemetry is made', () => {
  const refused = (more: Partial<Exporter>) => () => testTelemetry({ exporters: [backend('delta', more).exporter] });
  expect(refused({ delivery: { budget: { perMonth: 1, prices: { cloudwach: {} } } } })).toThrow(
    'The exporter "cloudwatch": Unknown option "budget.prices.cloudwach"; did you mean "cloudwatch"?',
  );
  expect(refused({ backend: 'prometheus', delivery: { budget } })).toThrow(
    'costs nothing that is known here, so it needs no `budget`; leave it out.',
  );
});
