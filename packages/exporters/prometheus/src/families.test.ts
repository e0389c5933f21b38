import type { MetricReader, Resource } from '@telltale/core';
import { expect, test } from 'vitest';
import { prometheus } from './index.ts';
import {
  exponential,
  exponentialPoint,
  histogram,
  numbers,
  OPENMETRICS,
  readerOf,
  render,
  sourceOf,
  sourceOfReaders,
  summary,
} from './source.test-support.ts';

const auth: Resource = { attributes: { 'service.name': 'auth', 'service.version': '2' } };

test('series of another service in the process carry its name, and so does its target_info', async () => {
  const metrics = [
    numbers('counter', 'calls', [[{ to: 'x' }, 1]]),
    numbers('counter', 'calls', [[{ to: 'x' }, 2]], { resource: auth }),
    numbers('counter', 'calls', [[{ to: 'x' }, 4]], { resource: { attributes: {} } }),
  ];
  expect(await render(metrics, undefined, {})).toBe(`# HELP target_info The service that these metrics are about
# TYPE target_info gauge
target_info{service_name="checkout",service_version="1.4.0"} 1
target_info{service_name="auth",service_version="2"} 1
# TYPE calls_total counter
calls_total{to="x"} 1
calls_total{service_name="auth",to="x"} 2
calls_total{service_name="unknown_service",to="x"} 4
`);
});

test('an attribute that looks like the name of a service is not taken for one', async () => {
  const metrics = [
    numbers('counter', 'calls', [[{ 'service.name': 'auth' }, 1]]),
    numbers(
      'counter',
      'calls',
      [
        [{}, 2],
        [{ 'service.name': 'x' }, 4],
      ],
      { resource: auth },
    ),
  ];
  expect(await render(metrics)).toBe(`# TYPE calls_total counter
calls_total{service_name="auth"} 3
calls_total{service_name="auth",exported_service_name="x"} 4
`);
});

test('metrics whose names become the same are one family, and their equal series one series', async () => {
  const metrics = [
    numbers(
      'counter',
      'a.b',
      [
        [{ x: '1' }, 1],
        [{ x: '2' }, 2],
      ],
      { description: 'first' },
    ),
    numbers(
      'counter',
      'a_b',
      [
        [{ x: '1' }, 10],
        [{ x: '3' }, 30],
      ],
      { description: 'second' },
    ),
    numbers('counter', 'other', [[{}, 1]]),
    numbers('counter', 'a-b', [[{ x: '2' }, 100]]),
  ];
  expect(await render(metrics)).toBe(`# HELP a_b_total first
# TYPE a_b_total counter
a_b_total{x="1"} 11
a_b_total{x="2"} 102
a_b_total{x="3"} 30
# TYPE other_total counter
other_total 1
`);
});

test.each([undefined, OPENMETRICS])(
  'of descriptions that differ the first is served, and the others are told (%s)',
  async (accept) => {
    const described = (name: string, description: string) => numbers('counter', name, [[{ name }, 1]], { description });
    const source = sourceOf([
      described('a.b', ''),
      described('a_b', 'first'),
      described('a-b', 'second'),
      described('a/b', 'first'),
    ]);
    const body = await render(source, accept);
    expect(body.match(/^# HELP.*$/gm)).toEqual([`# HELP a_b${accept ? '' : '_total'} first`]);
    expect(body.match(/^a_b_total/gm)).toHaveLength(4);
    expect(source.problems).toEqual([
      'the description of "a-b", "second", is left out of the scrapes, because metrics of one name there, a_b_total, have one: "first". Rename the metric or give both the same description',
    ]);
  },
);

test('without suffixes, metrics of one name and different units are not one family', async () => {
  const source = sourceOf([
    numbers('gauge', 'a.b', [[{}, 1]], { unit: 's' }),
    numbers('gauge', 'a_b', [[{}, 2]], { unit: 'ms' }),
  ]);
  const options = { targetInfo: false, translation: 'UnderscoreEscapingWithoutSuffixes' } as const;
  expect(await render(source, undefined, options)).toBe('# TYPE a_b gauge\na_b 1\n');
  expect(source.problems).toEqual([
    'the gauge "a_b" is left out of the scrapes, because its name there, a_b, belongs to a gauge in seconds: rename one of the two',
  ]);
});

test('a metric that says its unit in its name and one that says it apart are one family', async () => {
  const metrics = [
    numbers('gauge', 'lag', [[{ x: '1' }, 1]], { unit: 's' }),
    numbers('gauge', 'lag.seconds', [[{ x: '2' }, 2]]),
  ];
  expect(await render(metrics)).toBe('# TYPE lag_seconds gauge\nlag_seconds{x="1"} 1\nlag_seconds{x="2"} 2\n');
});

test('a metric whose name belongs to one of another type is left out and told once', async () => {
  const source = sourceOf([numbers('gauge', 'a.b', [[{}, 1]]), histogram('a_b', [1], [[{}, [1, 1], 2]])]);
  const exporter = prometheus({ targetInfo: false });
  await exporter.start?.(source);
  for (const accept of [undefined, OPENMETRICS]) {
    expect((await exporter.render(accept)).body).toMatch(/^# TYPE a_b gauge\na_b 1\n(# EOF\n)?$/);
  }
  expect(source.problems).toEqual([
    'the histogram "a_b" is left out of the scrapes, because its name there, a_b, belongs to a gauge: rename one of the two',
  ]);
});

test('a metric whose name belongs to the samples of another is left out and told', async () => {
  const source = sourceOf([
    summary('wait', [[{}, [], 1, 1]]),
    numbers('gauge', 'wait.count', [[{}, 1]]),
    numbers('gauge', 'target_info', [[{}, 1]]),
  ]);
  const body = await render(source, undefined, {});
  expect(body.match(/^# TYPE .*$/gm)).toEqual(['# TYPE target_info gauge', '# TYPE wait summary']);
  expect(source.problems).toHaveLength(2);
});

test('a counter beside a gauge of its name stays, in OpenMetrics as a family of unknown type', async () => {
  const metrics = [
    numbers('counter', 'jobs', [[{}, 1]]),
    numbers('gauge', 'jobs', [[{}, 2]]),
    numbers('gauge', 'target', [[{}, 3]]),
  ];
  expect(await render(metrics)).toBe(
    '# TYPE jobs_total counter\njobs_total 1\n# TYPE jobs gauge\njobs 2\n# TYPE target gauge\ntarget 3\n',
  );
  expect(
    await render(metrics, OPENMETRICS, { created: true }),
  ).toBe(`# HELP target_info The service that these metrics are about
# TYPE target_info gauge
target_info{service_name="checkout",service_version="1.4.0"} 1
# TYPE jobs_total unknown
jobs_total 1
# TYPE jobs gauge
jobs 2
# TYPE target gauge
target 3
# EOF
`);
});

test('series that differ only in what labels cannot tell are added up; of gauges the last counts', async () => {
  const twins = [{ x: 1 }, { x: '1' }, {}, { x: '' }, { y: 'z' }] as const;
  const values = twins.map((attributes, i) => [attributes, 10 ** i] as const);
  expect(await render([numbers('counter', 'c', values)])).toBe(
    '# TYPE c_total counter\nc_total{x="1"} 11\nc_total 1100\nc_total{y="z"} 10000\n',
  );
  expect(await render([numbers('upDownCounter', 'u', values)])).toBe(
    '# TYPE u gauge\nu{x="1"} 11\nu 1100\nu{y="z"} 10000\n',
  );
  expect(await render([numbers('gauge', 'g', values)])).toBe('# TYPE g gauge\ng{x="1"} 10\ng 1000\ng{y="z"} 10000\n');
});

test('attributes whose names become the same label are joined', async () => {
  const metrics = [
    numbers('counter', 'c', [
      [{ 'a.b': 'x', a_b: 'y', 'a-b': 'z' }, 1],
      [{ 'a.b': 'z;x;y' }, 2],
      [{ 'a-b': 'z', 'a.b': 'x;y' }, 4],
    ]),
  ];
  expect(await render(metrics)).toBe('# TYPE c_total counter\nc_total{a_b="z;x;y"} 7\n');
});

test('lone surrogates, which UTF-8 cannot hold, do not make series equal', async () => {
  const metrics = [
    numbers('counter', 'c', [
      [{ x: 'a\ud800' }, 1],
      [{ x: 'a\udc00' }, 2],
    ]),
  ];
  expect(await render(metrics)).toBe('# TYPE c_total counter\nc_total{x="a\ufffd"} 3\n');
});

test('reserved labels are put behind exported_', async () => {
  const attributes = { le: 'a', quantile: 'b', __name__: 'c' };
  const body = await render([
    numbers('counter', 'c', [[attributes, 1]]),
    histogram('h', [], [[attributes, [1], 1]]),
    summary('s', [[attributes, [], 1, 1]]),
  ]);
  expect(body).toContain('c_total{_name_="c",le="a",quantile="b"} 1\n');
  expect(body).toContain('h_count{_name_="c",exported_le="a",quantile="b"} 1\n');
  expect(body).toContain('s_count{_name_="c",le="a",exported_quantile="b"} 1\n');
});

test('equal histogram series are added up where both have a boundary', async () => {
  const body = await render([
    histogram(
      'h',
      [1, 2, 3],
      [
        [{ x: 1 }, [1, 1, 1, 1], 5],
        [{ x: '1' }, [1, 0, 0, 0], 1],
      ],
    ),
    histogram('h', [2, 4], [[{ x: '1' }, [5, 5, 5], 50]]),
  ]);
  expect(body).toBe(`# TYPE h histogram
h_bucket{x="1",le="2"} 8
h_bucket{x="1",le="+Inf"} 20
h_sum{x="1"} 56
h_count{x="1"} 20
`);
});

test('equal summary series are added up, with the quantiles of the greater', async () => {
  const body = await render([
    summary('s', [
      [{ x: 1 }, [[0.5, 1]], 1, 1],
      [{ x: '1' }, [[0.5, 2]], 10, 5],
    ]),
  ]);
  expect(body).toBe('# TYPE s summary\ns{x="1",quantile="0.5"} 2\ns_sum{x="1"} 11\ns_count{x="1"} 6\n');
});

test('explicit and exponential histograms of one name share a family', async () => {
  const body = await render([
    histogram('h', [2], [[{ x: '1' }, [1, 2], 5]]),
    exponential('h', [exponentialPoint({ x: '2' }, { sum: 3, scale: 1, positive: { offset: 1, counts: [4] } })]),
  ]);
  expect(body.match(/^# TYPE/gm)).toHaveLength(1);
  expect(body).toContain('h_bucket{x="1",le="2"} 1\n');
  expect(body).toContain('h_bucket{x="2",le="2"} 4\n');
});

test('a series that makes labels equal after the first scrape never appears twice, and is added from the next scrape on', async () => {
  const before = numbers('counter', 'c', [
    [{ x: 1 }, 1],
    [{ x: 2 }, 2],
  ]);
  const after = numbers('counter', 'c', [[{ x: '1' }, 10]]);
  const readers = [readerOf(before)];
  const exporter = prometheus({ targetInfo: false });
  await exporter.start?.(sourceOfReaders(readers));
  await exporter.render();
  readers[0] = { ...readers[0], read: () => [...before.points, ...after.points].values() } as MetricReader;
  expect((await exporter.render()).body).toBe('# TYPE c_total counter\nc_total{x="1"} 1\nc_total{x="2"} 2\n');
  expect((await exporter.render()).body).toBe('# TYPE c_total counter\nc_total{x="1"} 11\nc_total{x="2"} 2\n');
});

test('a metric that cannot be read is told, and the others are served', async () => {
  const broken = {
    ...readerOf(numbers('counter', 'broken', [])),
    read: () => {
      throw new Error('gone');
    },
  } as unknown as MetricReader;
  const source = sourceOfReaders([broken, readerOf(numbers('counter', 'fine', [[{}, 1]]))]);
  expect(await render(source)).toBe('# TYPE broken_total counter\n# TYPE fine_total counter\nfine_total 1\n');
  expect(source.problems).toEqual(['broken_total is incomplete in a scrape: reading it failed: gone']);
});
