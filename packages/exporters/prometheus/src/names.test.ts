import fc from 'fast-check';
import { expect, test } from 'vitest';
import { prometheusName } from './names.ts';

const nameOf = (...args: Parameters<typeof prometheusName>): string => prometheusName(...args).sample;

test.each([
  ['http.server.request.duration', 's', 'histogram', 'http_server_request_duration_seconds'],
  ['http.server.active_requests', '{request}', 'upDownCounter', 'http_server_active_requests'],
  ['job.io', 'By', 'counter', 'job_io_bytes_total'],
  ['job.progress', '1', 'gauge', 'job_progress_ratio'],
  ['job.progress', '1', 'upDownCounter', 'job_progress'],
  ['orders', '1', 'counter', 'orders_total'],
  ['job.throughput', '{record}/s', 'gauge', 'job_throughput_per_second'],
  ['net.speed', 'By/s', 'gauge', 'net_speed_bytes_per_second'],
  ['calls', '1/s', 'gauge', 'calls_per_second'],
  ['calls', 's/{call}', 'gauge', 'calls_seconds'],
  ['fuel', 'm/wk', 'gauge', 'fuel_meters_per_week'],
  ['lag', 'ms', 'gauge', 'lag_milliseconds'],
  ['load', '%', 'gauge', 'load_percent'],
  ['heat', 'Cel', 'gauge', 'heat_celsius'],
  ['price', 'EUR', 'histogram', 'price_EUR'],
  ['size', 'By{compressed}', 'gauge', 'size_bytes'],
  ['area', 'm^2', 'gauge', 'area_m_2'],
  ['x', 'constructor', 'gauge', 'x_constructor'],
  // never twice
  ['lag.seconds', 's', 'gauge', 'lag_seconds'],
  ['seconds', 's', 'gauge', 'seconds'],
  ['lag.milliseconds', 's', 'gauge', 'lag_milliseconds_seconds'],
  ['cpu.seconds.total', 's', 'counter', 'cpu_seconds_total'],
  ['orders_total', '', 'counter', 'orders_total'],
  ['hit.ratio', '1', 'gauge', 'hit_ratio'],
  ['net.bytes', 'By/s', 'gauge', 'net_bytes_per_second'],
  ['net.bytes_per_second', 'By/s', 'gauge', 'net_bytes_per_second'],
  // characters
  ['a..b--c', '', 'gauge', 'a_b_c'],
  ['1st', '', 'gauge', '_1st'],
  ['_private_', '', 'gauge', 'private'],
  ['recorded:by:rule', '', 'gauge', 'recorded:by:rule'],
  ['日本', '', 'gauge', '_'],
  ['load', 'a:b/c:d', 'gauge', 'load_a_b_per_c_d'],
] as const)('%s in %s as a %s is called %s', (name, unit, type, expected) => {
  expect(nameOf(name, unit, type)).toBe(expected);
});

test('a prefix comes first, with one underscore', () => {
  expect(nameOf('orders', '', 'counter', 'shop')).toBe('shop_orders_total');
  expect(nameOf('orders', '', 'counter', 'shop_')).toBe('shop_orders_total');
});

const types = fc.constantFrom('counter', 'upDownCounter', 'gauge', 'histogram', 'exponentialHistogram', 'summary');

test('every name is valid, and the unit is its end', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), types, (name, unit, type) => {
      const result = prometheusName(name, unit, type);
      expect(result.sample).toMatch(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/);
      expect(`_${result.family}`.endsWith(result.unit === '' ? '' : `_${result.unit}`)).toBe(true);
      expect(result.unit).toMatch(/^[a-zA-Z0-9_]*$/);
    }),
  );
});

test('naming a name again changes nothing', () => {
  const names = fc.stringMatching(/^x(\.[a-z]{1,9}){1,4}$/);
  const units = fc.constantFrom('s', 'By', '1', '{x}', 'By/s', '{x}/s', 'EUR', '');
  fc.assert(
    fc.property(names, units, types, (name, unit, type) => {
      const { sample } = prometheusName(name, unit, type);
      expect(prometheusName(sample, unit, type).sample).toBe(sample);
    }),
  );
});
