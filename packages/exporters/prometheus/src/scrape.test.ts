import type { Metric } from '@telltale/core';
import { decodeMetricFamilies } from '@telltale-internal/backends';
import { expect, test } from 'vitest';
import { parseExposition } from './exposition.test-support.ts';
import { type Loop, Pace } from './pace.ts';
import { Scraper, type ScraperOptions, type Slice } from './scrape.ts';
import { exponential, exponentialPoint, histogram, numbers, sourceOf } from './source.test-support.ts';

const options: ScraperOptions = {
  prefix: '',
  targetInfo: true,
  scopeLabels: false,
  created: false,
  translation: 'UnderscoreEscapingWithSuffixes',
  merge: [],
};

/** A loop in which every look at the clock takes a tenth of a millisecond. */
class CountingLoop implements Loop {
  turns = 0;
  /** The longest slice, in looks at the clock. */
  longest = 0;
  private looks = 0;
  private slice = 0;

  now(): number {
    this.longest = Math.max(this.longest, ++this.slice);
    return this.looks++ / 10;
  }

  nextTurn(callback: () => void): void {
    this.turns++;
    this.slice = 0;
    setImmediate(callback);
  }
}

async function whole(first: Promise<Slice>): Promise<{ readonly slices: number; readonly body: Buffer }> {
  const buffers: Buffer[] = [];
  let slices = 0;
  for (let slice: Slice | undefined = await first; slice; slice = await slice.next?.()) {
    slices++;
    buffers.push(...slice.buffers);
  }
  return { slices, body: Buffer.concat(buffers) };
}

const routes = (count: number) => Array.from({ length: count }, (_, i) => ({ route: `/${i}` }));

const large: readonly (readonly [string, readonly Metric[]])[] = [
  [
    'one family',
    [
      numbers(
        'counter',
        'c',
        routes(60_000).map((attributes) => [attributes, 1]),
      ),
    ],
  ],
  [
    'one family with series to be added',
    [
      numbers(
        'counter',
        'c',
        [...routes(60_000), { route: '' }].map((attributes) => [attributes, 1]),
      ),
    ],
  ],
  [
    'histograms',
    [
      histogram(
        'h',
        [1, 2, 3],
        routes(5000).map((attributes) => [attributes, [1, 2, 3, 4], 1]),
      ),
    ],
  ],
  [
    'exponential histograms',
    [
      exponential(
        'e',
        routes(5000).map((attributes) => exponentialPoint(attributes, { positive: { offset: 0, counts: [1, 2] } })),
      ),
    ],
  ],
  ['many families', Array.from({ length: 5000 }, (_, i) => numbers('counter', `c${i}`, [[{}, 1]]))],
];

const formats = ['text', 'protobuf'] as const;
const inFormats = large.flatMap(([what, metrics]) => formats.map((format) => [what, format, metrics] as const));

test.each(inFormats)('a scrape of %s is cut into slices of the event loop (%s)', async (_, format, metrics) => {
  const loop = new CountingLoop();
  const scraper = new Scraper(sourceOf(metrics), options, new Pace(loop));
  for (const visit of ['first', 'second']) {
    loop.turns = 0;
    const { slices, body } = await whole(scraper.scrape({ format, escaping: 'underscores' }));
    expect(loop.turns, visit).toBe(slices);
    expect(slices, visit).toBeGreaterThan(1);
    if (format === 'text') parseExposition(body.toString(), false);
    else expect(decodeMetricFamilies(body)).toHaveLength(metrics.length + 1);
  }
  // 2.5 ms of a tenth each, and the looks at the clock before them.
  expect(loop.longest).toBeLessThanOrEqual(28);
});

test('scrapes at the same time take turns: one slice in a turn of the event loop', async () => {
  const loop = new CountingLoop();
  const scraper = new Scraper(sourceOf(large[0]![1]), options, new Pace(loop));
  const results = await Promise.all([
    whole(scraper.scrape({ format: 'text', escaping: 'underscores' })),
    whole(scraper.scrape({ format: 'openmetrics', escaping: 'underscores' })),
  ]);
  expect(loop.turns).toBe(results[0].slices + results[1].slices);
});

test('even without a clock, a slice is half a megabyte at most', async () => {
  const still: Loop = { now: () => 0, nextTurn: (callback) => setImmediate(callback) };
  const scraper = new Scraper(sourceOf(large[0]![1]), options, new Pace(still));
  for (
    let slice: Slice | undefined = await scraper.scrape({ format: 'text', escaping: 'underscores' });
    slice;
    slice = await slice.next?.()
  ) {
    expect(slice.buffers.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(600_000);
  }
});
