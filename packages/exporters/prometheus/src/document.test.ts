import type { Exemplar, Metric } from '@telltale/core';
import { expect, test } from 'vitest';
import { prometheus } from './index.ts';
import {
  exponential,
  exponentialPoint,
  histogram,
  numbers,
  OPENMETRICS,
  render,
  START,
  sourceOf,
  summary,
} from './source.test-support.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const exemplar = (value: number): Exemplar => ({ value, time: START + 30.5, traceId, spanId });

const everyType: readonly Metric[] = [
  numbers(
    'counter',
    'orders',
    [
      [{ plan: 'pro' }, 42],
      [{ plan: 'free', 'user.vip': true }, 0.5],
    ],
    {
      unit: '{order}',
      description: 'Orders taken, "quoted" \\ and\non two lines',
    },
  ),
  numbers('counter', 'job.io', [[{}, 1024]], { unit: 'By' }),
  numbers('upDownCounter', 'orders.open', [[{}, -3]], { description: 'Open orders' }),
  numbers(
    'gauge',
    'temperature',
    [
      [{ room: 'cellar' }, -4.25],
      [{ room: 'sun' }, Number.POSITIVE_INFINITY],
      [{ room: 'void' }, Number.NEGATIVE_INFINITY],
      [{ room: 'unknown' }, Number.NaN],
    ],
    { unit: 'Cel' },
  ),
  numbers('gauge', 'worker_pool.utilization', [[{}, 0.75]], { unit: '1' }),
  histogram(
    'http.server.request.duration',
    [0.01, 1, 60],
    [
      [
        { 'http.route': '/orders/:id', 'http.response.status_code': 200 },
        [1, 2, 0, 1],
        63.5,
        [exemplar(0.5), exemplar(61)],
      ],
      [{}, [0, 0, 0, 0], 0],
    ],
    { unit: 's', description: 'How long requests took' },
  ),
  exponential(
    'payload',
    [
      exponentialPoint(
        {},
        { count: 8, sum: 4611, scale: 1, zeroCount: 2, positive: { offset: 17, counts: [1, 0, 0, 0, 5] } },
      ),
    ],
    { unit: 'By' },
  ),
  summary(
    'price',
    [
      [
        { plan: 'pro' },
        [
          [0.5, 2],
          [1, 5],
        ],
        9,
        3,
      ],
      [{ plan: 'idle' }, [[0.5, Number.NaN]], 4, 1],
    ],
    {
      unit: 'EUR',
    },
  ),
];

test('every type in the text format', async () => {
  expect(await render(everyType, undefined, {})).toBe(`# HELP target_info The service that these metrics are about
# TYPE target_info gauge
target_info{service_name="checkout",service_version="1.4.0"} 1
# HELP orders_total Orders taken, "quoted" \\\\ and\\non two lines
# TYPE orders_total counter
orders_total{plan="pro"} 42
orders_total{plan="free",user_vip="true"} 0.5
# TYPE job_io_bytes_total counter
job_io_bytes_total 1024
# HELP orders_open Open orders
# TYPE orders_open gauge
orders_open -3
# TYPE temperature_celsius gauge
temperature_celsius{room="cellar"} -4.25
temperature_celsius{room="sun"} +Inf
temperature_celsius{room="void"} -Inf
temperature_celsius{room="unknown"} NaN
# TYPE worker_pool_utilization_ratio gauge
worker_pool_utilization_ratio 0.75
# HELP http_server_request_duration_seconds How long requests took
# TYPE http_server_request_duration_seconds histogram
http_server_request_duration_seconds_bucket{http_response_status_code="200",http_route="/orders/:id",le="0.01"} 1
http_server_request_duration_seconds_bucket{http_response_status_code="200",http_route="/orders/:id",le="1"} 3
http_server_request_duration_seconds_bucket{http_response_status_code="200",http_route="/orders/:id",le="60"} 3
http_server_request_duration_seconds_bucket{http_response_status_code="200",http_route="/orders/:id",le="+Inf"} 4
http_server_request_duration_seconds_sum{http_response_status_code="200",http_route="/orders/:id"} 63.5
http_server_request_duration_seconds_count{http_response_status_code="200",http_route="/orders/:id"} 4
http_server_request_duration_seconds_bucket{le="0.01"} 0
http_server_request_duration_seconds_bucket{le="1"} 0
http_server_request_duration_seconds_bucket{le="60"} 0
http_server_request_duration_seconds_bucket{le="+Inf"} 0
http_server_request_duration_seconds_sum 0
http_server_request_duration_seconds_count 0
# TYPE payload_bytes histogram
payload_bytes_bucket{le="0"} 2
payload_bytes_bucket{le="256"} 2
payload_bytes_bucket{le="362.03867196751236"} 2
payload_bytes_bucket{le="512"} 3
payload_bytes_bucket{le="724.0773439350247"} 3
payload_bytes_bucket{le="1024"} 3
payload_bytes_bucket{le="1448.1546878700494"} 3
payload_bytes_bucket{le="2048"} 8
payload_bytes_bucket{le="2896.309375740099"} 8
payload_bytes_bucket{le="4096"} 8
payload_bytes_bucket{le="+Inf"} 8
payload_bytes_sum 4611
payload_bytes_count 8
# TYPE price_EUR summary
price_EUR{plan="pro",quantile="0.5"} 2
price_EUR{plan="pro",quantile="1"} 5
price_EUR_sum{plan="pro"} 9
price_EUR_count{plan="pro"} 3
price_EUR{plan="idle",quantile="0.5"} NaN
price_EUR_sum{plan="idle"} 4
price_EUR_count{plan="idle"} 1
`);
});

test('every type in OpenMetrics', async () => {
  expect(await render(everyType, OPENMETRICS, {})).toBe(`# HELP target The service that these metrics are about
# TYPE target info
target_info{service_name="checkout",service_version="1.4.0"} 1
# HELP orders Orders taken, \\"quoted\\" \\\\ and\\non two lines
# TYPE orders counter
orders_total{plan="pro"} 42
orders_total{plan="free",user_vip="true"} 0.5
# TYPE job_io_bytes counter
# UNIT job_io_bytes bytes
job_io_bytes_total 1024
# HELP orders_open Open orders
# TYPE orders_open gauge
orders_open -3
# TYPE temperature_celsius gauge
# UNIT temperature_celsius celsius
temperature_celsius{room="cellar"} -4.25
temperature_celsius{room="sun"} +Inf
temperature_celsius{room="void"} -Inf
temperature_celsius{room="unknown"} NaN
# TYPE worker_pool_utilization_ratio gauge
# UNIT worker_pool_utilization_ratio ratio
worker_pool_utilization_ratio 0.75
# HELP http_server_request_duration_seconds How long requests took
# TYPE http_server_request_duration_seconds histogram
# UNIT http_server_request_duration_seconds seconds
http_server_request_duration_seconds_bucket{http_response_status_code="200",http_route="/orders/:id",le="0.01"} 1
http_server_request_duration_seconds_bucket{http_response_status_code="200",http_route="/orders/:id",le="1.0"} 3 # {trace_id="4bf92f3577b34da6a3ce929d0e0e4736",span_id="00f067aa0ba902b7"} 0.5 1700000030.5
http_server_request_duration_seconds_bucket{http_response_status_code="200",http_route="/orders/:id",le="60.0"} 3
http_server_request_duration_seconds_bucket{http_response_status_code="200",http_route="/orders/:id",le="+Inf"} 4 # {trace_id="4bf92f3577b34da6a3ce929d0e0e4736",span_id="00f067aa0ba902b7"} 61 1700000030.5
http_server_request_duration_seconds_sum{http_response_status_code="200",http_route="/orders/:id"} 63.5
http_server_request_duration_seconds_count{http_response_status_code="200",http_route="/orders/:id"} 4
http_server_request_duration_seconds_bucket{le="0.01"} 0
http_server_request_duration_seconds_bucket{le="1.0"} 0
http_server_request_duration_seconds_bucket{le="60.0"} 0
http_server_request_duration_seconds_bucket{le="+Inf"} 0
http_server_request_duration_seconds_sum 0
http_server_request_duration_seconds_count 0
# TYPE payload_bytes histogram
# UNIT payload_bytes bytes
payload_bytes_bucket{le="0.0"} 2
payload_bytes_bucket{le="256.0"} 2
payload_bytes_bucket{le="362.03867196751236"} 2
payload_bytes_bucket{le="512.0"} 3
payload_bytes_bucket{le="724.0773439350247"} 3
payload_bytes_bucket{le="1024.0"} 3
payload_bytes_bucket{le="1448.1546878700494"} 3
payload_bytes_bucket{le="2048.0"} 8
payload_bytes_bucket{le="2896.309375740099"} 8
payload_bytes_bucket{le="4096.0"} 8
payload_bytes_bucket{le="+Inf"} 8
payload_bytes_sum 4611
payload_bytes_count 8
# TYPE price_EUR summary
# UNIT price_EUR EUR
price_EUR{plan="pro",quantile="0.5"} 2
price_EUR{plan="pro",quantile="1.0"} 5
price_EUR_sum{plan="pro"} 9
price_EUR_count{plan="pro"} 3
price_EUR{plan="idle",quantile="0.5"} NaN
price_EUR_sum{plan="idle"} 4
price_EUR_count{plan="idle"} 1
# EOF
`);
});

test('a second scrape of the same series gives the same document', async () => {
  const exporter = prometheus();
  await exporter.start?.(sourceOf(everyType));
  const first = await exporter.render(OPENMETRICS);
  expect(await exporter.render(OPENMETRICS)).toEqual(first);
  expect(first.contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores');
});

test('a service without metrics gives a valid document', async () => {
  expect(await render([])).toBe('');
  expect(await render([], OPENMETRICS)).toBe('# EOF\n');
});

test('with `created`, OpenMetrics tells since when is counted', async () => {
  const metrics = [
    numbers('counter', 'a', [[{ x: '1' }, 1]]),
    histogram('b', [], [[{}, [2], 3]]),
    summary('c', [[{}, [], 4, 5]]),
    numbers('gauge', 'd', [[{}, 6]]),
  ];
  expect(await render(metrics, OPENMETRICS, { targetInfo: false, created: true })).toBe(`# TYPE a counter
a_total{x="1"} 1
a_created{x="1"} 1700000000
# TYPE b histogram
b_bucket{le="+Inf"} 2
b_sum 3
b_count 2
b_created 1700000000
# TYPE c summary
c_sum 4
c_count 5
c_created 1700000000
# TYPE d gauge
d 6
# EOF
`);
  expect(await render(metrics, undefined, { created: true })).not.toContain('_created');
});

test('OpenMetrics has only buckets for a histogram with negative boundaries, the text format has all', async () => {
  const metrics = [histogram('balance', [-1, 1], [[{}, [1, 1, 1], -5]])];
  expect(await render(metrics)).toContain('balance_sum -5\n');
  expect(await render(metrics, OPENMETRICS)).toBe(`# TYPE balance histogram
balance_bucket{le="-1.0"} 1
balance_bucket{le="1.0"} 2
balance_bucket{le="+Inf"} 3
# EOF
`);
});

test('an exemplar without a span has no labels', async () => {
  const metrics = [histogram('b', [], [[{}, [1], 3, [{ value: 3, time: START }]]])];
  expect(await render(metrics, OPENMETRICS)).toContain('b_bucket{le="+Inf"} 1 # {} 3 1700000000\n');
});

test('scope labels are there when they are wanted, with the attributes of the scope', async () => {
  const scope = {
    name: 'lib',
    version: '2',
    schemaUrl: 'https://example.com/1',
    attributes: { 'db.system': 'pg', name: 'dropped', 'schema.url': 'dropped', 'a.b': 1, a_b: 2 },
  };
  const metrics = [
    numbers('counter', 'a', [[{ x: '1' }, 1]], { scope }),
    numbers('counter', 'a', [[{ x: '1' }, 2]], { scope: { name: 'lib' } }),
  ];
  const options = { targetInfo: false, scopeLabels: true };
  expect(await render(metrics, undefined, options)).toBe(`# TYPE a_total counter
a_total{otel_scope_name="lib",otel_scope_version="2",otel_scope_schema_url="https://example.com/1",otel_scope_a_b="1;2",otel_scope_db_system="pg",x="1"} 1
a_total{otel_scope_name="lib",x="1"} 2
`);
  expect(
    await render(metrics.slice(0, 1), 'text/plain;version=1.0.0;escaping=allow-utf-8', {
      ...options,
      translation: 'NoTranslation',
    }),
  ).toContain(
    'otel_scope_name="lib",otel_scope_version="2",otel_scope_schema_url="https://example.com/1","otel_scope_a.b"="1",otel_scope_a_b="2"',
  );
});

test('an attribute that is called like a label of its scope is joined with it', async () => {
  const metrics = [
    numbers(
      'counter',
      'a',
      [
        [{ 'otel.scope.name': 'x' }, 1],
        [{ otel_scope_name: 'x' }, 2],
      ],
      { scope: { name: 'lib' } },
    ),
  ];
  expect(await render(metrics, undefined, { targetInfo: false, scopeLabels: true })).toBe(
    '# TYPE a_total counter\na_total{otel_scope_name="lib;x"} 3\n',
  );
});
