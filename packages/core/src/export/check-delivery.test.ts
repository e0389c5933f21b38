import { describe, expect, it } from 'vitest';
import { TelemetryError } from '../errors.ts';
import { checkExporters } from './check-exporters.ts';
import type { Exporter } from './exporter.ts';

function check(delivery: unknown, more: Partial<Exporter> = {}): void {
  const exporter = { name: 'a', exportMetrics: async () => {}, delivery, ...more };
  checkExporters([exporter as Exporter]);
}

describe('the delivery settings of an exporter are refused at the start:', () => {
  for (const [title, delivery, message] of [
    [
      'none at all',
      'fast',
      '`delivery` of the exporter "a" is "fast"; give an object with filter, prefix, sampling, rateLimit, publishWhen, adaptiveInterval, circuitBreaker, spool, budget.',
    ],
    [
      'an unknown one',
      { rateLimits: 5 },
      '`rateLimits` of the exporter "a" is no option. Did you mean `rateLimit`? Known are filter, prefix, sampling, rateLimit, publishWhen, adaptiveInterval, circuitBreaker, spool, budget.',
    ],
    [
      'an unknown filter',
      { filter: { metric: {} } },
      '`filter.metric` of the exporter "a" is no option. Did you mean `metrics`? Known are metrics, series, spans, events.',
    ],
    [
      'a filter that is a list',
      { filter: ['job.*'] },
      '`filter` of the exporter "a" is an array; give an object with metrics, series, spans, events.',
    ],
    [
      'a name for a list of names',
      { filter: { metrics: { include: 'job.*' } } },
      '`filter.metrics.include` of the exporter "a" is "job.*"; give an array of names, with * for any characters, such as [\'http.*\', \'orders\'].',
    ],
    [
      'a list with something else',
      { filter: { metrics: { exclude: [/x/] } } },
      "`filter.metrics.exclude` of the exporter \"a\" is an array; give an array of names, with * for any characters, such as ['http.*', 'orders'].",
    ],
    [
      'a predicate that is none',
      { filter: { spans: true } },
      '`filter.spans` of the exporter "a" is true; give a function, such as (span) => true.',
    ],
    [
      'a prefix that no name can begin with',
      { prefix: '1 shop' },
      '`prefix` of the exporter "a" is "1 shop"; give what may begin the name of a metric, such as "shop.".',
    ],
    [
      'a share above 1',
      { sampling: { ratio: 10 } },
      'The exporter "a": sampling.ratio is 10; give a number from 0 (none) to 1 (all); for percent divide by 100.',
    ],
    [
      'an unknown rule of sampling',
      { sampling: { keep: { slow: 1 } } },
      '`sampling.keep.slow` of the exporter "a" is no option. Known are errors, slowerThan.',
    ],
    [
      'no requests at all',
      { rateLimit: 0 },
      '`rateLimit` of the exporter "a" is 0; give a number of requests a second above 0.',
    ],
    [
      'a value for a predicate',
      { publishWhen: false },
      '`publishWhen` of the exporter "a" is false; give a function, such as (snapshot) => true.',
    ],
    [
      'an adaptive interval that is shorter',
      { adaptiveInterval: { max: 30 } },
      '`adaptiveInterval.max` of the exporter "a" is 30; give seconds from the interval (60) to 2147483.',
    ],
    [
      'an adaptive interval without its end',
      { adaptiveInterval: {} },
      '`adaptiveInterval.max` of the exporter "a" is undefined; give seconds from the interval (60) to 2147483.',
    ],
    [
      'half a failure',
      { circuitBreaker: { failures: 0.5 } },
      '`circuitBreaker.failures` of the exporter "a" is 0.5; give a whole number from 1.',
    ],
    [
      'a pause of no time',
      { circuitBreaker: { pause: 0 } },
      '`circuitBreaker.pause` of the exporter "a" is 0; give a number of seconds above 0, at most 2147483.',
    ],
    [
      'a breaker switched on',
      { circuitBreaker: true },
      '`circuitBreaker` of the exporter "a" is true; give an object such as { failures: 5, pause: 30 }, or false for none.',
    ],
    [
      'a directory for a spool',
      { spool: '/var/spool' },
      '`spool` of the exporter "a" is "/var/spool"; give what diskSpool() of @telltale/disk-spool makes.',
    ],
    [
      'a budget without a sum',
      { budget: {} },
      '`budget.perMonth` of the exporter "a" is undefined; give US dollars a month above 0.',
    ],
  ] as const) {
    it(title, () => {
      expect(() => check(delivery)).toThrow(new TelemetryError('ERR_EXPORTER', message));
    });
  }

  it('a backend that is no name', () => {
    const message =
      '`backend` of the exporter "a" is 7; give a key of the price table, such as "cloudwatch", or leave it out.';
    expect(() => check({}, { backend: 7 as unknown as string })).toThrow(new TelemetryError('ERR_EXPORTER', message));
  });
});

it('settings that can work are taken', () => {
  const delivery = {
    filter: {
      metrics: { include: ['*'], exclude: [] },
      series: () => true,
      spans: () => true,
      events: () => true,
    },
    prefix: 'shop.',
    sampling: { ratio: 0.5, keep: { errors: true, slowerThan: 2 } },
    rateLimit: 0.2,
    publishWhen: () => true,
    adaptiveInterval: { max: 300 },
    circuitBreaker: { failures: 3, pause: 10 },
    spool: { open: () => {}, close: () => {} },
    budget: { perMonth: 20, prices: { cloudwatch: { 'metric-month': 0.25 } } },
  };
  check(delivery, { backend: 'cloudwatch', interval: 300 });
  check({ circuitBreaker: false, filter: undefined });
  check(undefined);
});
