import type { CounterMetric, MetricsSnapshot, SeriesAttributes } from '@telltale/core';
import { contextOf, sampleEvents, sampleResource, sampleSnapshot } from '@telltale/testing';
import { openStatsdBackend, parseStatsdLine } from '@telltale-internal/backends';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type StatsdDialect, type StatsdOptions, statsd } from './index.ts';

const DIALECTS = ['etsy', 'graphite', 'telegraf', 'datadog'] as const;

/** What a daemon is sent of a snapshot, line by line. */
async function linesOf(snapshot: MetricsSnapshot, options: StatsdOptions = {}): Promise<readonly string[]> {
  const { dialect = 'etsy' } = options;
  const backend = await openStatsdBackend(0, { grammar: dialect, maxDatagram: 65_507 });
  await statsd({ maxDatagram: 60_000, ...options, port: backend.port }).exportMetrics?.(snapshot, contextOf());
  await backend.received();
  await backend.close();
  expect(backend.complaints).toEqual([]);
  return backend.lines;
}

function sample(): MetricsSnapshot {
  const snapshot = sampleSnapshot({ temporality: 'delta' });
  return { ...snapshot, metrics: snapshot.metrics.filter(({ name }) => name !== 'sample.nasty') };
}

function counterOf(...sets: readonly SeriesAttributes[]): MetricsSnapshot {
  const points = sets.map((attributes, i) => ({ attributes, startTime: 0, time: 60, value: i + 1 }));
  const shared = { description: '', unit: '', scope: { name: 'test', version: '1' }, resource: sampleResource };
  const metric: CounterMetric = { ...shared, name: 'orders', type: 'counter', temporality: 'delta', points };
  return { time: 60, resource: sampleResource, metrics: [metric] };
}

/** Any code points, halves of surrogate pairs among them; every other one is ASCII. */
function text(minLength: number, maxLength: number): fc.Arbitrary<string> {
  const codePoint = fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0, max: 0x10ffff }));
  return fc.array(codePoint, { minLength, maxLength }).map((points) => String.fromCodePoint(...points));
}

describe('every type of metric', () => {
  it('in names, for Etsy', async () => {
    expect(await linesOf(sample())).toEqual([
      'sample.active.state.waiting:3|g',
      'sample.active.state.undone:0|g',
      'sample.active.state.undone:-2|g',
      'sample.duration.http_response_status_code.200.http_route.orders_id:5|ms',
      'sample.duration.http_response_status_code.200.http_route.orders_id:55|ms',
      'sample.duration.http_response_status_code.200.http_route.orders_id:55|ms',
      'sample.duration.http_response_status_code.200.http_route.orders_id:550|ms',
      'sample.duration.http_response_status_code.200.http_route.orders_id:550|ms',
      'sample.duration.http_response_status_code.200.http_route.orders_id:1940|ms',
      'sample.orders.plan.pro:42|c',
      'sample.orders.plan.free:0.5|c',
      'sample.other_service.service.auth:7|c',
      'sample.payload.direction.in:0|ms',
      'sample.payload.direction.in:0|ms',
      'sample.payload.direction.in:0|ms',
      'sample.payload.direction.in:0|ms',
      'sample.payload.direction.in:355.064545|ms',
      'sample.payload.direction.in:1420.25818|ms',
      'sample.payload.direction.in:1420.25818|ms',
      'sample.payload.direction.in:1420.25818|ms',
      'sample.payload.direction.out:0|ms',
      'sample.price.count.plan.pro:3|c',
      'sample.price.sum.plan.pro:9|c',
      'sample.price.quantile.plan.pro.quantile.0_5:2|g',
      'sample.price.quantile.plan.pro.quantile.0_99:5|g',
      'sample.price.count.plan.idle:1|c',
      'sample.price.sum.plan.idle:4|c',
      'sample.temperature.room.kitchen:21.5|g',
      'sample.temperature.room.cellar:0|g',
      'sample.temperature.room.cellar:-4|g',
    ]);
  });

  it('with tags, for the Datadog Agent', async () => {
    const own = 'service:checkout,env:production,version:1.4.0';
    expect(await linesOf(sample(), { dialect: 'datadog', tags: { team: 'payments' } })).toEqual([
      `sample.active:3|g|#state:waiting,team:payments,${own}`,
      `sample.active:-2|g|#state:undone,team:payments,${own}`,
      ...['0.005|d', '0.055|d|@0.5', '0.55|d|@0.5', '1.94|d'].map(
        (value) =>
          `sample.duration:${value}|#http.response.status_code:200,http.route:/orders/:id,team:payments,${own}`,
      ),
      `sample.orders:42|c|#plan:pro,team:payments,${own}`,
      `sample.orders:0.5|c|#plan:free,team:payments,${own}`,
      'sample.other_service:7|c|#team:payments,service:auth,version:2',
      ...['-3.22605824|d', '-1.61302912|d', '0|d|@0.5', '355.064545|d', '1420.25818|d|@0.333333333333'].map(
        (value) => `sample.payload:${value}|#direction:in,team:payments,${own}`,
      ),
      `sample.payload:0|d|#direction:out,team:payments,${own}`,
      `sample.price.count:3|c|#plan:pro,team:payments,${own}`,
      `sample.price.sum:9|c|#plan:pro,team:payments,${own}`,
      `sample.price.quantile:2|g|#plan:pro,quantile:0.5,team:payments,${own}`,
      `sample.price.quantile:5|g|#plan:pro,quantile:0.99,team:payments,${own}`,
      `sample.price.count:1|c|#plan:idle,team:payments,${own}`,
      `sample.price.sum:4|c|#plan:idle,team:payments,${own}`,
      `sample.temperature:21.5|g|#room:kitchen,team:payments,${own}`,
      `sample.temperature:-4|g|#room:cellar,team:payments,${own}`,
    ]);
  });

  it('with tags of Graphite and of InfluxDB', async () => {
    const snapshot = counterOf({ 'http.route': '/orders/:id', plan: 'pro' });
    const own = ['env=production', 'service=checkout', 'version=1.4.0'];
    for (const [dialect, mark] of [
      ['graphite', ';'],
      ['telegraf', ','],
    ] as const) {
      const [line = ''] = await linesOf(snapshot, { dialect });
      const [head = '', ...tags] = line.replace(':1|c', '').split(mark);
      expect(head).toBe('orders');
      expect(tags.slice(0, 2)).toEqual(['http.route=orders_id', 'plan=pro']);
      expect(tags.slice(2).sort()).toEqual(own);
    }
  });
});

describe('sets of attributes that a dialect spells alike', () => {
  for (const dialect of DIALECTS) {
    it(`stay apart, and are always the same: ${dialect}`, async () => {
      const sets = [{ path: 'a b' }, { path: 'a$b' }, { path: 'A b' }, { path: 1 }, { path: '1' }];
      const lines = await linesOf(counterOf(...sets), { dialect });
      const heads = lines.map((line) => line.replace(/:\d+\|c/, ''));
      expect(new Set(heads).size).toBe(sets.length);
      const clashes = heads.filter((head) => head.includes('clash'));
      expect(await linesOf(counterOf(...sets.toReversed()), { dialect })).toHaveLength(sets.length);
      // Which one has to make room depends on which came first; how it does, on itself alone.
      const [, second = ''] = heads;
      expect(clashes).toContain(second);
      expect((await linesOf(counterOf({ path: 'x b' }, ...sets), { dialect }))[2]).toContain(second.slice(-8));
    });

    it(`stay apart, whatever they are: ${dialect}`, async () => {
      const value = fc.oneof(text(0, 12), fc.integer(), fc.boolean());
      const set = fc.dictionary(text(1, 8), value, { maxKeys: 3 });
      const sets = fc.uniqueArray(set, {
        maxLength: 12,
        selector: (one) => JSON.stringify(Object.entries(one).sort()),
      });
      await fc.assert(
        fc.asyncProperty(sets, async (some) => {
          const lines = await linesOf(counterOf(...some), { dialect });
          const parsed = lines.map((line) => parseStatsdLine(line, dialect as StatsdDialect));
          expect(new Set(lines.map((line) => line.replace(/:\d+\|c/, ''))).size).toBe(some.length);
          expect(parsed.map((line) => line.kind === 'metric' && line.values[0])).toEqual(some.map((_, i) => i + 1));
        }),
        { numRuns: 25 },
      );
    });
  }
});

describe('events', () => {
  it('are whole lines of DogStatsD', async () => {
    const backend = await openStatsdBackend(0, { grammar: 'datadog' });
    const exporter = statsd({ port: backend.port, dialect: 'datadog', tags: { team: 'payments' } });
    await exporter.exportEvents?.(sampleEvents().slice(0, 3), contextOf());
    await backend.received();
    await backend.close();
    const own = 'team:payments,service:checkout,env:production,version:1.4.0';
    expect(backend.lines).toEqual([
      `_e{15,56}:GET /orders/:id|completed in 2 s\\ntrace 4bf92f3577b34da6a3ce929d0e0e4736|d:1700000002|k:request:GET_/orders/:id|p:low|t:info|#kind:request,outcome:completed,http.request.method:get,http.response.status_code:200,http.route:/orders/:id,${own}`,
      `_e{11,55}:nightly-etl|failed in 2 s\\nTypeError: x is "undefined"\\nsecond line|d:1700000002|k:job:nightly-etl|t:error|#kind:job,outcome:failed,job.name:nightly-etl,job.outcome:failed,${own}`,
      `_e{4,23}:send|retried in 2 s\\ntimeout|d:1700000002|k:job:send|t:warning|#kind:job,outcome:retried,${own}`,
    ]);
  });
});
