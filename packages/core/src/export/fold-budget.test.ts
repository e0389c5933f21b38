import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SeriesAttributes } from '../attributes.ts';
import { Diagnostics } from '../diagnostics.ts';
import { ManualClock } from '../manual-clock.test-support.ts';
import type { MetricsSnapshot, NumberPoint } from '../metrics/snapshot.ts';
import type { ExportBudget } from './delivery-settings.ts';
import type { Exporter } from './exporter.ts';
import { Budget, checkBudget } from './fold-budget.ts';
import { attributesOf, counter, histogram, pointsOf, snapshotOf } from './samples.test-support.ts';
import type { ExporterUsage, SignalUsage } from './usage.ts';

const NO_USE: SignalUsage = { requests: 0, bytes: 0, uncompressed: 0, items: 0, series: 0 };

interface Setup extends Pick<Exporter, 'temporality' | 'backend'> {
  readonly budget: ExportBudget;
  readonly interval?: number;
}

let told: string[];
let clock: ManualClock;
let used: Partial<ExporterUsage>;

beforeEach(() => {
  told = [];
  clock = new ManualClock();
  used = {};
});

function budgetOf({ budget, interval = 60, backend = 'cloudwatch', temporality = 'cumulative' }: Setup): Budget {
  return new Budget({
    exporter: { name: backend, backend, temporality },
    budget,
    clock,
    diagnostics: new Diagnostics((error, exporter) => told.push(`${error.code} ${exporter}: ${error.message}`)),
    usage: () => ({
      name: backend,
      backend,
      seconds: 0,
      interval: { metrics: interval },
      signals: {},
      metrics: [],
      ...used,
    }),
  });
}

const at = (attributes: SeriesAttributes): NumberPoint => ({ attributes, startTime: 0, time: 10, value: 1 });

/** So many values of each attribute, in all combinations. */
function series(values: Readonly<Record<string, number>>): readonly SeriesAttributes[] {
  return Object.entries(values)
    .reduce<readonly Record<string, string>[]>(
      (all, [key, count]) => all.flatMap((one) => Array.from({ length: count }, (_, i) => ({ ...one, [key]: `${i}` }))),
      [{}],
    )
    .map((one) => attributesOf(one));
}

const calls = (values: Readonly<Record<string, number>>, name = 'calls'): MetricsSnapshot =>
  snapshotOf(10, counter(name, series(values).map(at)));

function sent(budget: Budget, collected: MetricsSnapshot): number {
  budget.look(collected);
  return pointsOf(budget.pass(collected)).length;
}

describe('a budget', () => {
  it('changes nothing as long as the bill is within it', () => {
    const budget = budgetOf({ budget: { perMonth: 31 } });
    const collected = calls({ route: 100 });
    budget.look(collected);
    expect(budget.pass(collected)).toBe(collected);
    expect([budget.folded, told]).toEqual([[], []]);
  });

  it('folds the attribute with the most values before more is spent, says so and why', () => {
    const budget = budgetOf({ budget: { perMonth: 100 } });
    expect(sent(budget, calls({ method: 3, route: 412 }))).toBe(3);
    expect(budget.folded).toEqual([{ metric: 'calls', attribute: 'route', values: 412 }]);
    expect(told).toEqual([
      'ERR_BUDGET cloudwatch: Folded `route` of calls into `other` (412 values), because the metrics would cost 371 of 100 USD a month. ' +
        'Raise `budget.perMonth`, or leave series out by `filter`; what is folded stays so until the process ends.',
    ]);
  });

  it('begins with the metric that has the most series, and goes on for as long as it must', () => {
    const budget = budgetOf({ budget: { perMonth: 5.5 } });
    const collected = snapshotOf(
      10,
      counter('large', series({ method: 4, route: 10 }).map(at)),
      counter('small', series({ queue: 12 }).map(at)),
    );
    expect(sent(budget, collected)).toBe(16);
    const small = budgetOf({ budget: { perMonth: 2 } });
    expect(sent(small, collected)).toBe(5);
    expect(small.folded.map(({ metric, attribute }) => `${metric} ${attribute}`)).toEqual([
      'large route',
      'small queue',
    ]);
  });

  it('counts series as the backend does', () => {
    const budget = budgetOf({ budget: { perMonth: 5 }, backend: 'datadog' });
    const points = series({ route: 15 }).map((attributes) => ({
      ...at(attributes),
      count: 1,
      sum: 1,
      min: 1,
      max: 1,
      counts: [1, 0],
      exemplars: [],
    }));
    sent(budget, snapshotOf(10, counter('more', series({ queue: 30 }).map(at)), histogram('five', [1], points)));
    expect(budget.folded).toEqual([{ metric: 'five', attribute: 'route', values: 15 }]);
  });

  it('is never unfolded, and tells each attribute once', () => {
    const budget = budgetOf({ budget: { perMonth: 10 } });
    sent(budget, calls({ route: 100 }));
    expect(sent(budget, calls({ route: 5 }))).toBe(1);
    expect(sent(budget, calls({ route: 500 }))).toBe(1);
    expect(told).toHaveLength(1);
  });

  it('takes the prices that it is given', () => {
    const prices = { cloudwatch: { 'metric-month': 0.1 } };
    expect(sent(budgetOf({ budget: { perMonth: 11, prices } }), calls({ route: 100 }))).toBe(100);
    expect(sent(budgetOf({ budget: { perMonth: 11 } }), calls({ route: 100 }))).toBe(1);
  });

  it('says so once when nothing is left to be folded', () => {
    const budget = budgetOf({ budget: { perMonth: 0.5 } });
    const collected = snapshotOf(10, ...Array.from({ length: 9 }, (_, i) => counter(`m${i}`, [at(attributesOf())])));
    expect([sent(budget, collected), sent(budget, collected)]).toEqual([9, 9]);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('no attribute is left that could be folded. Leave metrics out by `filter`');
  });

  it('folds nothing for requests that cost too much, and says that the interval is too short', () => {
    const budget = budgetOf({ budget: { perMonth: 20 }, interval: 1 });
    expect(sent(budget, calls({ route: 10 }))).toBe(10);
    expect(told).toEqual([expect.stringContaining('The requests of cloudwatch alone cost 26.28 of 20.00 USD a month')]);
  });

  it('holds whatever comes, unless nothing is left to be folded', () => {
    const keys = fc.constantFrom('a', 'b', 'c', 'd');
    const attributes = fc.dictionary(keys, fc.constantFrom('0', '1', '2', '3', '4', 'other'));
    const metric = fc.record({
      name: fc.constantFrom('m1', 'm2'),
      series: fc.array(attributes, { minLength: 1, maxLength: 40 }),
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(metric, { maxLength: 2 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 60 }),
        (exports, limit) => {
          const budget = budgetOf({ budget: { perMonth: limit * 0.3 + 0.5 } });
          for (const metrics of exports) {
            const distinct = new Map(
              metrics.map(({ name, series }) => [
                name,
                [...new Set(series.map((one) => JSON.stringify(Object.entries(one).sort())))],
              ]),
            );
            const collected = snapshotOf(
              10,
              ...[...distinct].map(([name, all]) =>
                counter(
                  name,
                  all.map((one) => at(attributesOf(Object.fromEntries(JSON.parse(one))))),
                ),
              ),
            );
            budget.look(collected);
            const points = pointsOf(budget.pass(collected)) as readonly NumberPoint[];
            expect(points.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThanOrEqual(
              pointsOf(collected).length,
            );
            const isSpent = points.length > limit;
            expect(isSpent && told.every((one) => !one.includes('no attribute is left'))).toBe(false);
          }
        },
      ),
    );
  });
});

describe('a budget of what is charged by volume', () => {
  const setup: Setup = { budget: { perMonth: 100 }, backend: 'newrelic', temporality: 'delta' };
  const collected = calls({ route: 1000 });
  const part = (series: number): MetricsSnapshot =>
    snapshotOf(10, counter('calls', pointsOf(collected).slice(0, series) as readonly NumberPoint[]));

  function exports(budget: Budget, times: number, changed: number): void {
    for (let i = 0; i < times; i++) {
      budget.look(collected);
      budget.pass(part(i === 0 ? 1000 : changed));
    }
    budget.look(collected);
  }

  it('waits until it is known how much changes', () => {
    // 10 kB a point: 1,000 points a minute would be 175 USD a month, 200 are 35.
    used = { signals: { metrics: { ...NO_USE, uncompressed: 1e7, items: 1000 } } };
    const [calm, busy] = [budgetOf(setup), budgetOf(setup)];
    exports(calm, 12, 200);
    expect(calm.folded).toEqual([]);
    exports(busy, 10, 1000);
    expect(busy.folded).toEqual([]);
    exports(busy, 2, 1000);
    expect(busy.folded).toEqual([{ metric: 'calls', attribute: 'route', values: 1000 }]);
  });

  it('does not go on folding for what was sent before', () => {
    used = { signals: { metrics: { ...NO_USE, uncompressed: 1e7, items: 1000 } } };
    const both = calls({ method: 2, route: 600 });
    const budget = budgetOf(setup);
    for (let i = 0; i < 15; i++) {
      budget.look(both);
      budget.pass(both);
    }
    expect(budget.folded.map(({ attribute }) => attribute)).toEqual(['route']);
  });
});

describe('spans and events over the budget', () => {
  const spans = { ...NO_USE, requests: 10, items: 1e6 };

  it('are told, with the remedy, and nothing is folded for them', () => {
    const budget = budgetOf({ budget: { perMonth: 100 }, backend: 'honeycomb' });
    used = { seconds: 600, signals: { spans } };
    budget.start();
    clock.advance(599);
    expect(told).toEqual([]);
    clock.advance(601);
    expect(told).toEqual([
      'ERR_BUDGET honeycomb: Spans and events cost 5,694 of what is then 5,694 of 100 USD a month, and folding does not help against that. ' +
        'Send fewer by `sampling` or `filter`, or raise `budget.perMonth`.',
    ]);
    expect(budget.folded).toEqual([]);
    budget.stop();
  });

  it('are not judged by a few minutes', () => {
    const budget = budgetOf({ budget: { perMonth: 100 }, backend: 'honeycomb' });
    used = { seconds: 300, signals: { spans } };
    budget.start();
    clock.advance(600);
    expect(told).toEqual([]);
    budget.stop();
    used = { seconds: 3000, signals: { spans } };
    clock.advance(6000);
    expect(told).toEqual([]);
  });
});

describe('a budget is refused', () => {
  const exporter = (budget: object, backend?: string): Exporter => ({
    name: 'mine',
    ...(backend !== undefined && { backend }),
    delivery: { budget: budget as ExportBudget },
    exportMetrics: async () => {},
  });

  it.each([
    [{ perMonth: 10, prices: { cloudwach: {} } }, 'cloudwatch', 'did you mean "cloudwatch"?'],
    [{ perMonth: 10, prices: { cloudwatch: { 'metrics-month': 1 } } }, 'cloudwatch', 'did you mean "metric-month"?'],
    [
      { perMonth: 10, prices: { cloudwatch: { 'metric-month': -1 } } },
      'cloudwatch',
      'is -1; give US dollars, 0 or more.',
    ],
    [{ perMonth: 10, prices: { otlp: {} } }, 'cloudwatch', 'otlp charges nothing, so there is no price to give.'],
    [{ perMonth: 10 }, undefined, 'costs nothing that is known here'],
    [{ perMonth: 10 }, 'prometheus', 'costs nothing that is known here'],
    [{ perMonth: 10 }, 'elsewhere', 'does not know the backend "elsewhere"'],
  ])('%j of %s', (budget, backend, message) => {
    expect(() => checkBudget(exporter(budget, backend))).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(message) }),
    );
  });

  it('but not where there is none, or where it can be kept', () => {
    expect(() => checkBudget({ name: 'x', exportMetrics: async () => {} })).not.toThrow();
    expect(() =>
      checkBudget(exporter({ perMonth: 1, prices: { cloudwatch: { 'metric-month': 0 } } }, 'cloudwatch')),
    ).not.toThrow();
  });
});
