import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SeriesAttributes } from '../attributes.ts';
import { Diagnostics } from '../diagnostics.ts';
import type { MetricReader, MetricsSource, NumberPoint, Point } from '../metrics/snapshot.ts';
import { Sampler } from '../spans/sampler.ts';
import { drawRandomness, newTraceId } from '../spans/span-ids.ts';
import type { DeliverySettings } from './delivery-settings.ts';
import type { Exporter } from './exporter.ts';
import { namePatterns } from './name-patterns.ts';
import { PushLoop } from './push-loop.ts';
import {
  attributesOf,
  counter,
  EPOCH,
  emptySource,
  eventOf,
  gauge,
  resource,
  snapshotOf,
  spanOf,
} from './samples.test-support.ts';
import { SettlingClock } from './settling-clock.test-support.ts';

const free = attributesOf({ plan: 'free' });
const pro = attributesOf({ plan: 'pro' });
const stock = attributesOf({ store: 'x' });
const problems = attributesOf({ code: 'y' });

/** An exporter with these settings, and what it was handed. */
function stage(delivery: DeliverySettings, more: Partial<Exporter> = {}) {
  const clock = new SettlingClock();
  const told: string[] = [];
  const diagnostics = new Diagnostics((error) => told.push(error.message));
  const handed: Record<string, unknown>[] = [];
  const points: Point[] = [];
  const names: string[] = [];
  const read = { free: 1, pro: 10 };
  const exporter: Exporter = {
    name: 'backend',
    delivery,
    exportMetrics: async (snapshot, context) => {
      for (const metric of snapshot.metrics) {
        points.push(...metric.points);
        for (const point of metric.points)
          handed.push({ name: metric.name, ...point.attributes, value: (point as NumberPoint).value });
      }
      context.accepted(snapshot.metrics.flatMap<Point>((metric) => metric.points));
    },
    exportSpans: async (spans) => void names.push(...spans.map(({ name }) => name)),
    exportEvents: async (events) => void names.push(...events.map(({ name }) => name)),
    ...more,
  };
  const collect = async () => {
    const time = clock.now();
    const of = (attributes: SeriesAttributes, value: number): NumberPoint =>
      Object.freeze({ attributes, startTime: EPOCH, time, value });
    return snapshotOf(
      time,
      counter('job.orders', [of(free, read.free), of(pro, read.pro)]),
      gauge('job.stock', [of(stock, 5)]),
      counter('telltale.problems', [of(problems, 1)]),
    );
  };
  const loop = new PushLoop({
    exporter,
    clock,
    diagnostics,
    resource,
    source: emptySource,
    collect,
    random: () => 0.5,
  });
  loop.start();
  return { clock, told, diagnostics, handed, names, points, loop, read };
}

describe('filter', () => {
  it.each([
    ['of all unless it says so', {}, ['job.orders', 'job.orders', 'job.stock', 'telltale.problems']],
    ['by whole names', { include: ['job.stock', 'job'] }, ['job.stock']],
    ['by the beginning', { include: ['job.*'] }, ['job.orders', 'job.orders', 'job.stock']],
    ['by the end or what is between', { include: ['*.stock', 't*e.*s'] }, ['job.stock', 'telltale.problems']],
    ['less those that are excluded', { include: ['job.*'], exclude: ['*orders'] }, ['job.stock']],
    ['only less those', { exclude: ['telltale.*'] }, ['job.orders', 'job.orders', 'job.stock']],
    ['of nothing', { include: [] }, []],
  ])('hands over metrics %s', async (_, metrics, expected) => {
    const { loop, handed } = stage({ filter: { metrics } });
    await loop.flush();
    expect(handed.map(({ name }) => name)).toEqual(expected);
  });

  it('takes no character of a name but the star for anything else than itself', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (a, b, between) => {
        expect(namePatterns([a.replaceAll('*', '')])(`${a}${b}`.replaceAll('*', ''))).toBe(
          b.replaceAll('*', '') === '',
        );
        expect(namePatterns([`${a}*${b}`.replaceAll(/\*+/g, '*')])(`${a}${between}${b}`.replaceAll('*', ''))).toBe(
          true,
        );
      }),
    );
  });

  it('asks once for each series', async () => {
    const asked: string[] = [];
    const series = (name: string, { plan }: SeriesAttributes): boolean => {
      asked.push(`${name} ${plan}`);
      return plan !== 'free';
    };
    const { loop, handed } = stage({ filter: { series } }, { temporality: 'delta' });
    await loop.flush();
    await loop.flush();
    expect(asked).toEqual(['job.orders free', 'job.orders pro', 'job.stock undefined', 'telltale.problems undefined']);
    expect(handed.filter(({ name }) => name === 'job.orders')).toEqual([
      { name: 'job.orders', plan: 'pro', value: 10 },
    ]);
  });

  it('hands over the spans and events that are wanted', async () => {
    const { loop, names } = stage({
      filter: { spans: ({ name }) => name !== 'GET /health', events: ({ kind }) => kind === 'job' },
    });
    for (const name of ['GET /', 'GET /health']) loop.offerSpan(spanOf(name));
    for (const kind of ['job', 'request'] as const) loop.offerEvent(eventOf(`a ${kind}`, { kind }));
    await loop.flush();
    expect(names).toEqual(['GET /', 'a job']);
    const { accepted, dropped } = loop.health().signals.spans ?? {};
    expect([accepted, dropped]).toEqual([1, 0]);
  });

  it('keeps what a predicate throws at, counts that and tells it once', async () => {
    const fails = (): never => {
      throw new Error('no luck');
    };
    const { loop, names, told, handed, diagnostics } = stage({
      filter: { spans: fails, events: fails, series: fails },
      publishWhen: fails,
    });
    for (let i = 0; i < 3; i++) {
      loop.offerSpan(spanOf(`span ${i}`));
      loop.offerEvent(eventOf(`event ${i}`));
    }
    await loop.flush();
    await loop.flush();
    expect(names).toHaveLength(6);
    expect(handed).toHaveLength(8);
    expect(told).toEqual(
      ['filter.spans', 'filter.events', 'filter.series', 'publishWhen'].map(
        (option) => `\`${option}\` of the exporter "backend" threw (no luck); that counts as true.`,
      ),
    );
    // Of the series each once, of the publications two.
    expect(diagnostics.counts.get('ERR_EXPORT')).toBe(3 + 3 + 4 + 2);
  });
});

describe('prefix', () => {
  it('comes before all names, after the filter, and leaves the points the same', async () => {
    const { loop, handed, read } = stage(
      { prefix: 'shop.', filter: { metrics: { include: ['job.orders'] }, series: (name) => name === 'job.orders' } },
      { temporality: 'delta' },
    );
    await loop.flush();
    // Named as accepted one by one: nothing is left of them.
    read.pro = 12;
    await loop.flush();
    expect(handed).toEqual([
      { name: 'shop.job.orders', plan: 'free', value: 1 },
      { name: 'shop.job.orders', plan: 'pro', value: 10 },
      { name: 'shop.job.orders', plan: 'pro', value: 2 },
    ]);
  });
});

describe('an exporter that serves', () => {
  it('is given a source with the same choice and names', async () => {
    let source: MetricsSource | undefined;
    const leads: boolean[] = [];
    const point = (attributes: SeriesAttributes, value: number) => ({ attributes, startTime: 0, time: 1, value });
    const reader = (name: string): MetricReader => ({
      ...counter(name, []),
      size: 2,
      read: () => [point(free, 1), point(pro, 10)].values(),
    });
    const loop = new PushLoop({
      exporter: {
        name: 'page',
        delivery: {
          prefix: 'shop.',
          filter: { metrics: { exclude: ['hidden'] }, series: (_, { plan }) => plan === 'pro' },
        },
        start: (given) => {
          source = given;
        },
      },
      clock: new SettlingClock(),
      diagnostics: new Diagnostics(() => {}),
      resource,
      source: {
        resource,
        open: async () => [reader('hidden'), reader('orders')],
        onLead: (listener) => listener(true),
        problem: () => {},
      },
      collect: async () => snapshotOf(0),
    });
    loop.start();
    source?.onLead?.((lead) => leads.push(lead));
    const readers = (await source?.open()) ?? [];
    expect(leads).toEqual([true]);
    expect(source?.resource).toBe(resource);
    expect(readers.map(({ name }) => name)).toEqual(['shop.orders']);
    expect([...(readers[0]?.read() ?? [])]).toEqual([point(pro, 10)]);
  });
});

describe('sampling', () => {
  const traces = Array.from({ length: 400 }, () => newTraceId(drawRandomness()));

  it('takes whole traces by their ids, as the sampler of the telemetry does, and events with them', async () => {
    const { loop, names } = stage({ sampling: { ratio: 0.25 } });
    for (const traceId of traces) {
      for (const part of ['a', 'b']) loop.offerSpan(spanOf(`${traceId} ${part}`, { traceId }));
      loop.offerEvent(eventOf(`${traceId} c`, { traceId }));
    }
    await loop.flush();
    const taken = new Set(names.map((name) => name.slice(0, 32)));
    for (const traceId of taken) for (const part of ['a', 'b', 'c']) expect(names).toContain(`${traceId} ${part}`);
    const sampler = new Sampler({ ratio: 0.25 });
    expect(taken).toEqual(new Set(traces.filter((id) => sampler.samples(Number.parseInt(id.slice(18, 25), 16)))));
    expect(taken.size).toBeGreaterThan(40);
    expect(taken.size).toBeLessThan(180);
  });

  it('takes in a lower share nothing that a higher one does not take', () => {
    const [some, more] = [new Sampler({ ratio: 0.1 }), new Sampler({ ratio: 0.5 })];
    for (const traceId of traces) {
      if (some.takes(traceId, false, 0)) expect(more.takes(traceId, false, 0)).toBe(true);
    }
  });

  it('keeps errors and what was slow, and events that belong to no trace', async () => {
    const { loop, names } = stage({ sampling: { ratio: 0, keep: { errors: true, slowerThan: 1 } } });
    loop.offerSpan(spanOf('fine'));
    loop.offerSpan(spanOf('failed', { status: 'error' }));
    loop.offerSpan(spanOf('slow', { endTime: EPOCH + 1.5 }));
    const { traceId } = spanOf('');
    loop.offerEvent(eventOf('event of no trace'));
    loop.offerEvent(eventOf('event', { traceId, duration: 0.5 }));
    loop.offerEvent(eventOf('failed event', { traceId, duration: 0.5, error: { type: 'Error', message: '' } }));
    loop.offerEvent(eventOf('slow event', { traceId, duration: 1.5 }));
    await loop.flush();
    expect(names).toEqual(['failed', 'slow', 'event of no trace', 'failed event', 'slow event']);
  });
});
