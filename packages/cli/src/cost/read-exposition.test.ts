import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readExposition } from './read-exposition.ts';
import { scrapedMetrics } from './scraped-metric.ts';

const metrics = (...lines: readonly string[]) => scrapedMetrics(readExposition(`${lines.join('\n')}\n`));

describe('a scrape', () => {
  it('has series by metric and type; buckets and quantiles are parts of them', () => {
    expect(
      metrics(
        '# HELP calls_total Calls.',
        '# TYPE calls_total counter',
        'calls_total{method="GET",route="/a"} 1',
        'calls_total{route="/b",method="GET"} 2 1700000000000',
        '# TYPE wait_seconds histogram',
        'wait_seconds_bucket{queue="x",le="1"} 1',
        'wait_seconds_bucket{queue="x",le="+Inf"} 2',
        'wait_seconds_sum{queue="x"} 1.5e-3',
        'wait_seconds_count{queue="x"} 2',
        '# TYPE size summary',
        'size{quantile="0.5"} NaN',
        'size{quantile="0.99"} +Inf',
        'size_sum 3',
        'size_count 1',
        '# TYPE up gauge',
        'up 1',
      ),
    ).toEqual([
      {
        name: 'calls_total',
        type: 'counter',
        series: 2,
        buckets: 0,
        quantiles: 0,
        labels: [{ label: 'route', values: 2 }],
      },
      { name: 'wait_seconds', type: 'histogram', series: 1, buckets: 2, quantiles: 0, labels: [] },
      { name: 'size', type: 'summary', series: 1, buckets: 0, quantiles: 2, labels: [] },
      { name: 'up', type: 'gauge', series: 1, buckets: 0, quantiles: 0, labels: [] },
    ]);
  });

  it('is read as OpenMetrics too: suffixes, units, creation times, exemplars', () => {
    expect(
      metrics(
        '# TYPE calls counter',
        '# UNIT calls ',
        'calls_total{a="1"} 1 # {trace_id="x"} 1.0 1700000000',
        'calls_created{a="1"} 1700000000.5',
        '# TYPE target info',
        'target_info{service="shop"} 1',
        '# EOF',
      ),
    ).toMatchObject([{ name: 'calls', type: 'counter', series: 1 }]);
  });

  it('may have names of Prometheus 3, metrics without a type, and labels in any spelling', () => {
    expect(
      metrics(
        '# TYPE "http.requests" counter',
        '{"http.requests","http.route"="/a"} 1',
        '{"http.requests","http.route"="/b"} 1',
        'plain { a = "1" , b="2", } 3',
        'bare{}4',
      ),
    ).toMatchObject([
      { name: 'http.requests', type: 'counter', series: 2, labels: [{ label: 'http.route', values: 2 }] },
      { name: 'plain', type: 'gauge', series: 1 },
      { name: 'bare', type: 'gauge', series: 1 },
    ]);
  });

  it('names the labels that make the series, those with the most values first', () => {
    const lines = ['/a', '/b', '/c'].flatMap((route) =>
      ['GET', 'PUT'].map((m) => `calls{m="${m}",route="${route}",team="x"} 1`),
    );
    expect(metrics(...lines)[0]?.labels).toEqual([
      { label: 'route', values: 3 },
      { label: 'm', values: 2 },
    ]);
  });

  it('keeps labels apart whatever is in their values', () => {
    const written = (text: string): string => text.replace(/[\\"\n]/g, (one) => (one === '\n' ? '\\n' : `\\${one}`));
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: fc.constantFrom('"', '\\', '\n', ',', '}', '{', '=', 'a', ' ', '#') }), {
          minLength: 1,
        }),
        (values) => {
          const families = readExposition(values.map((value) => `m{l="${written(value)}"} 1\n`).join(''));
          expect(families[0]?.samples.map(({ labels }) => labels.get('l'))).toEqual(values);
        },
      ),
    );
  });

  it.each([
    ['<!doctype html>', 'line 1 (<!doctype html>): it has no name'],
    ['{"status":"ok"}', 'the labels do not end'],
    ['up', 'it has no value'],
    ['up one', 'it has no value'],
    ['ok 1\nup{a=1} 1', 'line 2 (up{a=1} 1): the label a has no value in quotes'],
    ['up{a="1" b="2"} 1', 'the labels do not end'],
    ['up{a="1",a="2"} 1', 'the label a is there twice'],
    ['up{a="1"', 'the labels do not end'],
  ])('is not %j', (text, message) => {
    expect(() => readExposition(text)).toThrow(message);
  });
});
