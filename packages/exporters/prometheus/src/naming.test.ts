import { expect, test } from 'vitest';
import { parseExposition } from './exposition.test-support.ts';
import { TRANSLATIONS } from './names.ts';
import { Naming } from './naming.ts';
import {
  exponential,
  histogram,
  numbers,
  OPENMETRICS,
  recorded,
  render,
  renderProtobuf,
  START,
  sourceOf,
  summary,
} from './source.test-support.ts';

const text = (escaping: string) => `text/plain;version=1.0.0;escaping=${escaping}`;
const openMetrics = (escaping: string) => `${OPENMETRICS};escaping=${escaping}`;

// The table of OpenTelemetry's page "Prometheus exporter", "Interaction with Translation Strategy", and more of the same.
test.each([
  ['UnderscoreEscapingWithSuffixes', 'underscores', 'foo_bar_bytes_total'],
  ['UnderscoreEscapingWithSuffixes', 'allow-utf-8', 'foo_bar_bytes_total'],
  ['UnderscoreEscapingWithSuffixes', 'values', 'foo_bar_bytes_total'],
  ['UnderscoreEscapingWithSuffixes', 'dots', 'foo__bar__bytes__total'],
  ['UnderscoreEscapingWithoutSuffixes', 'underscores', 'foo_bar'],
  ['UnderscoreEscapingWithoutSuffixes', 'allow-utf-8', 'foo_bar'],
  ['NoUTF8EscapingWithSuffixes', 'underscores', 'foo_bar_bytes_total'],
  ['NoUTF8EscapingWithSuffixes', 'allow-utf-8', 'foo.bar_bytes_total'],
  ['NoUTF8EscapingWithSuffixes', 'dots', 'foo_dot_bar__bytes__total'],
  ['NoUTF8EscapingWithSuffixes', 'values', 'U__foo_2e_bar__bytes__total'],
  ['NoTranslation', 'underscores', 'foo_bar'],
  ['NoTranslation', 'allow-utf-8', 'foo.bar'],
  ['NoTranslation', 'dots', 'foo_dot_bar'],
  ['NoTranslation', 'values', 'U__foo_2e_bar'],
] as const)('%s and escaping=%s: the counter foo.bar in By is %s', async (translation, escaping, expected) => {
  const metrics = [numbers('counter', 'foo.bar', [[{}, 1]], { unit: 'By' })];
  const body = await render(metrics, text(escaping), { targetInfo: false, translation });
  expect(parseExposition(body, false)[0]).toMatchObject({ type: 'counter', samples: [{ name: expected }] });
});

test.each([
  ['foo.total', '', 'counter', 'foo_total'],
  ['foo_total', '', 'counter', 'foo_total'],
  ['foo.seconds', 's', 'gauge', 'foo.seconds'],
  ['foo', 'By/s', 'gauge', 'foo_bytes_per_second'],
  ['1st', '1', 'gauge', '1st_ratio'],
] as const)('with suffixes and without escaping, %s in "%s" as a %s is %s', (name, unit, type, expected) => {
  expect(new Naming('', 'NoUTF8EscapingWithSuffixes', 'allow-utf-8').metric(name, unit, type).sample).toBe(expected);
});

test('a prefix comes first whatever the translation', () => {
  for (const translation of TRANSLATIONS) {
    expect(new Naming('shop_', translation, 'underscores').metric('a', '', 'gauge').sample).toBe('shop_a');
  }
});

const metrics = [
  numbers('counter', 'orders.taken', [[{ 'http.route': '/', plan: 'pro' }, 42]], {
    unit: '{order}',
    description: 'Orders',
  }),
  numbers('gauge', 'queue.age', [[{}, 1.5]], { unit: 's' }),
  numbers('gauge', 'plain', [[{ 'a"b\\c\nd': 'x' }, 1]]),
  histogram(
    'http.duration',
    [1],
    [
      [{ 'http.route': '/' }, [1, 1], 3],
      [{}, [0, 0], 0],
    ],
    { unit: 's' },
  ),
  summary('price', [[{ 'sku.id': 'x' }, [[0.5, 2]], 9, 3]]),
];

test('UTF-8 names are quoted where they need it, in the text format 1.0.0', async () => {
  const body = await render(metrics, text('allow-utf-8'), { translation: 'NoTranslation' });
  expect(body).toBe(`# HELP target_info The service that these metrics are about
# TYPE target_info gauge
target_info{"service.name"="checkout","service.version"="1.4.0"} 1
# HELP "orders.taken" Orders
# TYPE "orders.taken" counter
{"orders.taken","http.route"="/",plan="pro"} 42
# TYPE "queue.age" gauge
{"queue.age"} 1.5
# TYPE plain gauge
plain{"a\\"b\\\\c\\nd"="x"} 1
# TYPE "http.duration" histogram
{"http.duration_bucket","http.route"="/",le="1"} 1
{"http.duration_bucket","http.route"="/",le="+Inf"} 2
{"http.duration_sum","http.route"="/"} 3
{"http.duration_count","http.route"="/"} 2
{"http.duration_bucket",le="1"} 0
{"http.duration_bucket",le="+Inf"} 0
{"http.duration_sum"} 0
{"http.duration_count"} 0
# TYPE price summary
price{"sku.id"="x",quantile="0.5"} 2
price_sum{"sku.id"="x"} 9
price_count{"sku.id"="x"} 3
`);
  parseExposition(body, false);
});

test('in OpenMetrics a counter without `_total` has no type, and a unit is told where the name ends in it', async () => {
  const options = { targetInfo: false, created: true } as const;
  const without = await render(metrics.slice(0, 2), openMetrics('allow-utf-8'), {
    ...options,
    translation: 'NoTranslation',
  });
  expect(without).toBe(`# HELP "orders.taken" Orders
# TYPE "orders.taken" unknown
{"orders.taken","http.route"="/",plan="pro"} 42
# TYPE "queue.age" gauge
{"queue.age"} 1.5
# EOF
`);
  const suffixes = { ...options, translation: 'NoUTF8EscapingWithSuffixes' } as const;
  const body = await render(metrics.slice(0, 2), openMetrics('allow-utf-8'), suffixes);
  expect(body).toBe(`# HELP "orders.taken" Orders
# TYPE "orders.taken" counter
{"orders.taken_total","http.route"="/",plan="pro"} 42
{"orders.taken_created","http.route"="/",plan="pro"} ${START}
# TYPE "queue.age_seconds" gauge
# UNIT "queue.age_seconds" seconds
{"queue.age_seconds"} 1.5
# EOF
`);
  const values = await render(metrics.slice(0, 2), openMetrics('values'), suffixes);
  expect(values).toContain(
    '# TYPE U__orders_2e_taken_ counter\nU__orders_2e_taken__total{U__http_2e_route="/",plan="pro"} 42\n',
  );
  for (const each of [without, body, values]) parseExposition(each, true);
});

test('scrapers of one exporter get the names each of them can read', async () => {
  const source = sourceOf(metrics.slice(0, 1));
  const { prometheus } = await import('./index.ts');
  const exporter = prometheus({ targetInfo: false, translation: 'NoUTF8EscapingWithSuffixes' });
  await exporter.start?.(source);
  const line = async (accept: string) => (await exporter.render(accept)).body.split('\n')[2];
  for (let i = 0; i < 2; i++) {
    expect(await line(text('allow-utf-8'))).toBe('{"orders.taken_total","http.route"="/",plan="pro"} 42');
    expect(await line(text('underscores'))).toBe('orders_taken_total{http_route="/",plan="pro"} 42');
    expect(await line('*/*')).toBe('orders_taken_total{http_route="/",plan="pro"} 42');
    expect(await line(text('dots'))).toBe('orders_dot_taken__total{http_dot_route="/",plan="pro"} 42');
  }
});

test('protobuf has UTF-8 names where they are asked for', async () => {
  const accept = 'application/vnd.google.protobuf;escaping=allow-utf-8';
  const options = { targetInfo: false, translation: 'NoTranslation' } as const;
  const all = [numbers('counter', 'a.b', [[{ 'x.y': 1 }, 1]], { unit: 's' }), exponential('e.f', [recorded([1], 0)])];
  expect(await renderProtobuf(all, options, accept)).toMatchObject([
    { name: 'a.b', type: 'COUNTER', unit: 'seconds', metric: [{ label: [{ name: 'x.y', value: '1' }] }] },
    { name: 'e.f', type: 'HISTOGRAM' },
  ]);
  expect((await renderProtobuf(all, options)).map(({ name }) => name)).toEqual(['a_b', 'e_f']);
});

test('names that only escaping makes equal are one family where they are escaped, and two where they are not', async () => {
  const twins = [numbers('counter', 'a.b', [[{ 'x.y': '1' }, 1]]), numbers('counter', 'a_b', [[{ x_y: '1' }, 10]])];
  const options = { targetInfo: false, translation: 'NoTranslation' } as const;
  expect(await render(twins, text('underscores'), options)).toBe('# TYPE a_b counter\na_b{x_y="1"} 11\n');
  expect(await render(twins, text('allow-utf-8'), options)).toBe(
    '# TYPE "a.b" counter\n{"a.b","x.y"="1"} 1\n# TYPE a_b counter\na_b{x_y="1"} 10\n',
  );
});

test('reserved labels are out of the way with UTF-8 names, too', async () => {
  const all = [histogram('h', [], [[{ le: '1', __name__: 'x', '': 'y' }, [1], 1]])];
  expect(await render(all, text('allow-utf-8'), { targetInfo: false, translation: 'NoTranslation' })).toContain(
    'h_count{_="y",exported___name__="x",exported_le="1"} 1\n',
  );
});
