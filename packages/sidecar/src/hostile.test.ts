import { once } from 'node:events';
import { connect } from 'node:net';
import { memoryExporter } from '@telltale/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { counterRequest, nanos, runningSidecar } from './running-sidecar.test-support.ts';

const SHOP = { 'service.name': 'shop', 'service.instance.id': 'a' };

describe('a service that tells too much', () => {
  it('has its long values cut, and still told apart', async () => {
    const { send, scrape, sidecar } = await runningSidecar();
    const long = 'x'.repeat(1e6);
    await send(
      '/v1/metrics',
      counterRequest(SHOP, 'orders', [
        { value: 1, attributes: { note: `${long}a` } },
        { value: 2, attributes: { note: `${long}b` } },
      ]),
    );
    const samples = await scrape(/orders/);
    expect(Object.values(samples).sort()).toEqual([1, 2]);
    for (const sample of Object.keys(samples)) expect(sample.length).toBeLessThan(1200);
    expect(sidecar.health().cut).toBe(2);
  });

  it('has no more series than a service may have, while others have room, and is told so', async () => {
    const { send, scrape, sidecar, problems } = await runningSidecar({
      limits: { seriesPerService: 100, series: 150 },
    });
    const many = (service: string, count: number): Promise<{ readonly body: unknown }> =>
      send(
        '/v1/metrics',
        counterRequest(
          { 'service.name': service },
          'orders',
          Array.from({ length: count }, (_, i) => ({ value: 1, attributes: { user: String(i) } })),
        ),
      );
    const { body } = await many('noisy', 100_000);
    expect(body).toMatchObject({
      partialSuccess: {
        rejectedDataPoints: '99900',
        errorMessage: expect.stringContaining('"noisy" has 100 series already'),
      },
    });
    expect((await many('quiet', 20)).body).toEqual({});
    expect((await many('other', 50)).body).toMatchObject({ partialSuccess: { rejectedDataPoints: '20' } });
    expect(Object.keys(await scrape(/orders/))).toHaveLength(150);
    expect(sidecar.health()).toMatchObject({
      series: 150,
      lastRejection: expect.stringContaining('all services together have 150 series'),
    });
    expect(problems[0]).toContain('noisy');
    // What there is goes on.
    expect((await many('noisy', 100)).body).toEqual({});
  });

  it('is one of as many as there may be', async () => {
    const { send, sidecar, clock } = await runningSidecar({ limits: { instances: 50 } });
    const resourceMetrics = Array.from({ length: 10_000 }, (_, i) => {
      const {
        resourceMetrics: [one],
      } = counterRequest({ 'service.name': `s${i}` }, 'orders', [{ value: 1 }]) as { resourceMetrics: object[] };
      return one;
    });
    const { body } = await send('/v1/metrics', { resourceMetrics });
    expect(body).toMatchObject({ partialSuccess: { rejectedDataPoints: '9950' } });
    expect(sidecar.health().instances).toBe(50);
    await clock.advance(1000);
    expect((await send('/v1/metrics', counterRequest(SHOP, 'orders', [{ value: 1 }]))).body).toEqual({});
  });

  it('has its spans cut, not the process', async () => {
    const memory = memoryExporter();
    const { send, sidecar } = await runningSidecar({ exporters: [memory] });
    const attributes = Array.from({ length: 1000 }, (_, i) => ({
      key: `k${i}`,
      value: { stringValue: 'x'.repeat(5000) },
    }));
    const span = {
      traceId: '5b8efff798038103d269b633813fc60c',
      spanId: 'eee19b7ec3c1b174',
      name: 'n',
      startTimeUnixNano: nanos(0),
      endTimeUnixNano: nanos(1),
      attributes,
    };
    await send('/v1/traces', { resourceSpans: [{ scopeSpans: [{ spans: [span, { ...span, traceId: 'zz' }] }] }] });
    await sidecar.telemetry.flush();
    expect(memory.spans).toHaveLength(1);
    expect(JSON.stringify(memory.spans).length).toBeLessThan(80_000);
    expect(memory.spans[0]?.dropped.attributes).toBeGreaterThan(900);
    expect(sidecar.health().items.spans).toEqual({ accepted: 1, rejected: 1, repeated: 0 });
  });

  it('with names that are none of Prometheus', async () => {
    const { send, scrape } = await runningSidecar();
    const service = { 'service.name': '<script>alert("1")</script>\n', 'service.instance.id': 'a"b\\' };
    await send(
      '/v1/metrics',
      counterRequest(service, 'orders "\n{}', [{ value: 1, attributes: { __proto__: 'x', 'a b': '\n"' } }]),
    );
    expect(Object.values(await scrape(/orders/))).toEqual([1]);
  });
});

describe('a request of which nothing is right', () => {
  it('is not looked at to its end', async () => {
    const { send } = await runningSidecar();
    const dataPoints = Array.from({ length: 5000 }, () => ({ asInt: 'x' }));
    const metrics = [{ name: 'orders', gauge: { dataPoints } }];
    const { status, body } = await send('/v1/metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
    expect([status, body]).toMatchObject([
      400,
      { message: expect.stringContaining('more than 1000 items are malformed') },
    ]);
  });
});

describe('an exponential histogram', () => {
  it.each([
    ['a scale that none has', { scale: 2_000_000 }],
    ['an offset that is none', { positive: { offset: 0.5, bucketCounts: ['1'] } }],
    ['counts that count nothing', { count: '-1' }],
  ])('of %s is rejected', async (_, wrong) => {
    const { send } = await runningSidecar();
    const point = {
      timeUnixNano: nanos(1),
      count: '1',
      scale: 0,
      positive: { offset: 0, bucketCounts: ['1'] },
      ...wrong,
    };
    const metric = { name: 'w', exponentialHistogram: { aggregationTemporality: 1, dataPoints: [point] } };
    const { body } = await send('/v1/metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] });
    expect(body).toMatchObject({ partialSuccess: { rejectedDataPoints: '1' } });
  });

  it('of buckets far apart is seen at a lower scale', async () => {
    const { send, scrape } = await runningSidecar();
    for (const [time, offset] of [
      [1, -2_000_000_000],
      [2, 2_000_000_000],
    ] as const) {
      const point = {
        startTimeUnixNano: nanos(time),
        timeUnixNano: nanos(time + 1),
        count: '2',
        sum: 2,
        scale: 20,
        positive: { offset, bucketCounts: ['1', '1'] },
      };
      const metric = { name: 'w', exponentialHistogram: { aggregationTemporality: 1, dataPoints: [point] } };
      await send('/v1/metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] });
    }
    expect(Object.values(await scrape(/^w_count/))).toEqual([4]);
  });
});

describe('requests of whatever bytes', () => {
  it('never end the sidecar', async () => {
    const { url, scrape } = await runningSidecar();
    const post = async (path: string, type: string, body: Uint8Array<ArrayBuffer> | string): Promise<number> =>
      (await fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': type }, body })).status;
    const paths = fc.constantFrom('/v1/metrics', '/v1/traces', '/v1/logs');
    await fc.assert(
      fc.asyncProperty(paths, fc.uint8Array({ maxLength: 64 }), async (path, bytes) => {
        expect([200, 400]).toContain(await post(path, 'application/x-protobuf', new Uint8Array(bytes)));
      }),
      { numRuns: 150 },
    );
    // What OTLP has, with any value in any place.
    const names = [
      'resourceMetrics',
      'resourceSpans',
      'scopeMetrics',
      'scopeSpans',
      'scope',
      'resource',
      'attributes',
      'key',
      'value',
      'metrics',
      'spans',
      'name',
      'sum',
      'gauge',
      'histogram',
      'dataPoints',
      'timeUnixNano',
      'asInt',
      'stringValue',
      'arrayValue',
      'values',
      'bucketCounts',
      'explicitBounds',
      'traceId',
      'flags',
    ];
    const { any } = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 7 },
        fc.jsonValue(),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...names), tie('any')),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(paths, any, async (path, value) => {
        expect([200, 400]).toContain(await post(path, 'application/json', JSON.stringify(value) ?? 'null'));
      }),
      { numRuns: 300 },
    );
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    await scrape();
  });

  it('are cut off when a client goes away in the middle', async () => {
    const { url, sidecar } = await runningSidecar();
    const { hostname, port } = new URL(url);
    for (let i = 0; i < 20; i++) {
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      socket.write(
        'POST /v1/metrics HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: 1000\r\n\r\nabc',
      );
      socket.destroy();
    }
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect(sidecar.health().items.metrics.accepted).toBe(0);
  });
});
