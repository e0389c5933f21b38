import * as prometheusIo from '@prometheus-io/client';
import * as promClient from 'prom-client';
import { describe, expect, test, vi } from 'vitest';
import { parseExposition } from './exposition.test-support.ts';
import { type MergeableRegistry, prometheus } from './index.ts';
import { MergedRegistry } from './merged-registry.ts';
import { numbers, OPENMETRICS, render, sourceOf } from './source.test-support.ts';

const own = [numbers('counter', 'orders', [[{}, 1]])];

describe.each([
  ['prom-client', promClient],
  ['@prometheus-io/client', prometheusIo],
] as const)('a registry of %s', (_, library) => {
  const { Counter, Gauge, Histogram, Summary } = library as typeof promClient;

  function filled(): MergeableRegistry {
    const registry = new (library as typeof promClient).Registry();
    const registers = [registry];
    registry.setDefaultLabels({ app: 'shop' });
    new Counter({ name: 'old_total', help: 'An "old" one', labelNames: ['path'], registers }).inc(
      { path: 'C:\\"\n' },
      2,
    );
    new Counter({ name: 'older', help: 'No ending', registers }).inc(3);
    new Gauge({ name: 'lag', help: 'Lag', labelNames: ['q'], registers }).set({ q: 'x' }, Number.NaN);
    new Histogram({ name: 'took', help: 'Took', buckets: [0.5, 1, 1e6], registers }).observe(0.7);
    new Summary({ name: 'size', help: 'Size', percentiles: [0.5, 1], registers }).observe(4);
    return registry;
  }

  test('is in the scrape in the text format, its series as the library itself writes them', async () => {
    const merge = filled() as promClient.Registry;
    const body = await render(own, undefined, { targetInfo: false, merge });
    expect(body).toBe(`# TYPE orders_total counter
orders_total 1
# HELP old_total An "old" one
# TYPE old_total counter
old_total{path="C:\\\\\\"\\n",app="shop"} 2
# HELP older No ending
# TYPE older counter
older{app="shop"} 3
# HELP lag Lag
# TYPE lag gauge
lag{q="x",app="shop"} NaN
# HELP took Took
# TYPE took histogram
took_bucket{app="shop",le="0.5"} 0
took_bucket{app="shop",le="1"} 1
took_bucket{app="shop",le="1000000"} 1
took_bucket{app="shop",le="+Inf"} 1
took_sum{app="shop"} 0.7
took_count{app="shop"} 1
# HELP size Size
# TYPE size summary
size{app="shop",quantile="0.5"} 4
size{app="shop",quantile="1"} 4
size_sum{app="shop"} 4
size_count{app="shop"} 1
`);
    const theirs = parseExposition(
      `${(await merge.metrics()).replace(/\n\n/g, '\n').replace(' Nan', ' NaN').trimEnd()}\n`,
      false,
    );
    const sorted = (families: typeof theirs) =>
      families.flatMap(({ samples }) => samples.map((s) => [s.name, Object.entries(s.labels).sort(), s.value]));
    expect(sorted(parseExposition(body, false)).slice(1)).toEqual(sorted(theirs));
  });

  test('is in the scrape in OpenMetrics; a counter without the ending keeps its name and loses its type', async () => {
    const body = await render(own, OPENMETRICS, { targetInfo: false, merge: [filled()] });
    expect(parseExposition(body, true)).toHaveLength(6);
    expect(body).toContain('# TYPE old counter\nold_total{path="C:\\\\\\"\\n",app="shop"} 2\n');
    expect(body).toContain('# TYPE older unknown\nolder{app="shop"} 3\n');
    expect(body).toContain('took_bucket{app="shop",le="1.0"} 1\ntook_bucket{app="shop",le="1e+06"} 1\n');
    expect(body).toContain('size{app="shop",quantile="1.0"} 4\n');
  });

  test('of the OpenMetrics type gives its exemplars and its counters their ending', async () => {
    const { Registry } = library as typeof promClient;
    const registry = new Registry();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    const registers = [registry];
    const counter = new Counter({ name: 'old', help: 'Old', registers, enableExemplars: true });
    counter.inc({ value: 2, exemplarLabels: { trace_id: 'abc' } });
    // Serving it themselves, the libraries change the name they give afterwards.
    for (let i = 0; i < 2; i++) {
      const body = await render([], OPENMETRICS, { targetInfo: false, merge: registry });
      expect(body).toMatch(/^old_total 2 # \{trace_id="abc"\} 2 \d+(\.\d+)?$/m);
      expect(await render([], undefined, { targetInfo: false, merge: registry })).toContain('\nold_total 2\n');
      await registry.metrics();
    }
  });

  test('with its default metrics is a valid scrape', async () => {
    const registry = new (library as typeof promClient).Registry();
    (library as typeof promClient).collectDefaultMetrics({ register: registry });
    for (const openMetrics of [false, true]) {
      const body = await render(own, openMetrics ? OPENMETRICS : undefined, { merge: registry });
      expect(parseExposition(body, openMetrics).length).toBeGreaterThan(20);
    }
  });
});

test('a metric that is there already is left out, and told once', async () => {
  const registry = (...names: readonly string[]): MergeableRegistry => ({
    getMetricsAsJSON: async () =>
      names.map((name) => ({ name, type: 'gauge', help: name, values: [{ value: 2, labels: {} }] })),
  });
  const source = sourceOf(own);
  const exporter = prometheus({ merge: [registry('orders_total', 'a'), registry('a', 'target_info')] });
  await exporter.start?.(source);
  for (let i = 0; i < 2; i++) {
    const { body } = await exporter.render();
    expect(parseExposition(body, false).map(({ name }) => name)).toEqual(['target_info', 'orders_total', 'a']);
  }
  expect(source.problems).toEqual([
    'the merged gauge "orders_total" is left out of the scrapes, because its name there, orders_total, belongs to the counter "orders": rename one of the two',
    'the merged gauge "a" is left out of the scrapes, because its name there, a, belongs to the merged gauge "a": rename one of the two',
    'the merged gauge "target_info" is left out of the scrapes, because its name there, target_info, belongs to the service: rename one of the two',
  ]);
});

test('series that differ only by an empty label are there once; negative boundaries have only buckets in OpenMetrics', async () => {
  const merge: MergeableRegistry = {
    getMetricsAsJSON: async () => [
      {
        name: 'g',
        type: 'gauge',
        help: '',
        values: [{ value: 1, labels: { a: '' } }, { value: 2, labels: {} }, { value: 3 }],
      },
      {
        name: 'h',
        type: 'histogram',
        help: '',
        values: [
          { value: 1, labels: { le: -1 }, metricName: 'h_bucket' },
          { value: 1, labels: { le: '+Inf' }, metricName: 'h_bucket' },
          { value: -2, labels: {}, metricName: 'h_sum' },
          { value: 1, labels: {}, metricName: 'h_count' },
        ],
      },
    ],
  };
  expect(await render([], OPENMETRICS, { targetInfo: false, merge })).toBe(
    '# TYPE g gauge\ng 1\n# TYPE h histogram\nh_bucket{le="-1.0"} 1\nh_bucket{le="+Inf"} 1\n# EOF\n',
  );
});

test('an exemplar with more labels than OpenMetrics allows is left out', async () => {
  const counter = (length: number): MergeableRegistry => {
    const exemplar = { labelSet: { id: 'x'.repeat(length) }, value: 1 };
    const values = [{ value: 1, labels: {}, exemplar }];
    return { getMetricsAsJSON: async () => [{ name: 'c_total', type: 'counter', help: '', values }] };
  };
  const line = async (length: number) =>
    (await render([], OPENMETRICS, { targetInfo: false, merge: counter(length) })).split('\n')[1];
  expect(await line(126)).toBe(`c_total 1 # {id="${'x'.repeat(126)}"} 1`);
  expect(await line(127)).toBe('c_total 1');
});

test('a registry that fails or gives nonsense is told once and does not break the scrape', async () => {
  const failing: MergeableRegistry = { getMetricsAsJSON: () => Promise.reject(new Error('no database')) };
  const throwing: MergeableRegistry = {
    getMetricsAsJSON: () => {
      throw new Error('thrown');
    },
  };
  const odd: MergeableRegistry = {
    getMetricsAsJSON: async () => [
      { name: 'a b', type: 'gauge' },
      { name: 'x', type: 'gauge' },
    ],
  };
  const source = sourceOf(own);
  const exporter = prometheus({ targetInfo: false, merge: [failing, throwing, odd] });
  await exporter.start?.(source);
  for (let i = 0; i < 2; i++) {
    expect((await exporter.render()).body).toBe('# TYPE orders_total counter\norders_total 1\n# TYPE x gauge\n');
  }
  expect(source.problems).toHaveLength(3);
  expect(source.problems).toContain('the metrics of merge[0] are missing from a scrape: no database');
  expect(source.problems).toContain('the metrics of merge[1] are missing from a scrape: thrown');
});

test('a registry that hangs is left out after its time limit, and asked again only once it has answered', async () => {
  vi.useFakeTimers();
  try {
    let answer: (metrics: object[]) => void = () => {};
    const getMetricsAsJSON = vi.fn(
      () =>
        new Promise<object[]>((resolve) => {
          answer = resolve;
        }),
    );
    const registry = new MergedRegistry({ getMetricsAsJSON }, 0);
    const report = vi.fn();
    const first = registry.read(report);
    await vi.advanceTimersByTimeAsync(2000);
    expect(await first).toEqual([]);
    expect(report).toHaveBeenCalledWith(
      'merge[0]',
      'the metrics of merge[0] are missing from a scrape: it took longer than 2 s',
    );
    const second = registry.read(report);
    answer([{ name: 'g', type: 'gauge', help: '', values: [] }]);
    expect(await second).toHaveLength(1);
    expect(getMetricsAsJSON).toHaveBeenCalledTimes(1);
    void registry.read(report);
    expect(getMetricsAsJSON).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(2000);
  } finally {
    vi.useRealTimers();
  }
});
