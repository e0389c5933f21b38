import { memoryExporter } from '@telltale/testing';
import { describe, expect, it } from 'vitest';
import { counterRequest, nanos, runningSidecar } from './running-sidecar.test-support.ts';

const SHOP = { 'service.name': 'shop', 'service.instance.id': 'a' };
const ORDERS = 'orders_total{service_instance_id="a",service_name="shop"}';

describe('totals', () => {
  it('replace each other, and those that come late or twice change nothing', async () => {
    const { send, scrape, sidecar } = await runningSidecar();
    for (const [value, time] of [
      [3, 10],
      [7, 20],
      [7, 20],
      [5, 15],
    ]) {
      await send('/v1/metrics', counterRequest(SHOP, 'orders', [{ value: value as number, time: time as number }]));
    }
    expect(await scrape(/orders/)).toEqual({ [ORDERS]: 7 });
    expect(sidecar.health().items.metrics).toEqual({ accepted: 4, rejected: 0, repeated: 2 });
  });

  it('of a service that was started anew go on from those before', async () => {
    const { send, scrape } = await runningSidecar();
    const tell = (value: number, start: number, time: number): Promise<unknown> =>
      send('/v1/metrics', counterRequest(SHOP, 'orders', [{ value, start, time }]));
    await tell(100, 0, 10);
    await tell(2, 20, 30);
    await tell(5, 20, 40);
    // A request of the time before that was on its way for long.
    await tell(103, 0, 15);
    expect(await scrape(/orders/)).toEqual({ [ORDERS]: 108 });
  });

  it('that fall without a new start have begun anew', async () => {
    const { send, scrape } = await runningSidecar();
    for (const [i, value] of [10, 12, 1, 4].entries()) {
      await send('/v1/metrics', counterRequest(SHOP, 'orders', [{ value, time: i + 1 }]));
    }
    expect(await scrape(/orders/)).toEqual({ [ORDERS]: 16 });
  });

  it('of processes that say the same of themselves add up', async () => {
    const { send, scrape } = await runningSidecar();
    for (const round of [1, 2, 3]) {
      for (const start of [0, 1, 2]) {
        await send('/v1/metrics', counterRequest(SHOP, 'orders', [{ value: round * 10, start, time: 10 + round }]));
      }
    }
    expect(await scrape(/orders/)).toEqual({ [ORDERS]: 90 });
  });

  it('stay those of one instance that says other things of itself after its restart', async () => {
    const { send, scrape } = await runningSidecar();
    const tell = (version: string, value: number, start: number): Promise<unknown> => {
      const service = { ...SHOP, 'service.version': version };
      return send('/v1/metrics', counterRequest(service, 'orders', [{ value, start, time: start + 1 }]));
    };
    await tell('1', 10, 0);
    await tell('2', 3, 20);
    expect(await scrape(/orders|target/)).toEqual({
      [ORDERS]: 13,
      'target_info{service_instance_id="a",service_name="shop",service_version="2"}': 1,
      [Object.keys(await scrape(/target_info.*telltale-sidecar/))[0] as string]: 1,
    });
  });
});

describe('differences', () => {
  it('add up, and a request that is sent again counts once', async () => {
    const { send, scrape } = await runningSidecar();
    const tell = (value: number, start: number): Promise<unknown> =>
      send('/v1/metrics', counterRequest(SHOP, 'orders', [{ value, start, time: start + 10 }], 1));
    await tell(3, 0);
    await tell(4, 10);
    await tell(3, 0);
    await tell(4, 10);
    await tell(5, 20);
    expect(await scrape(/orders/)).toEqual({ [ORDERS]: 12 });
  });

  it('of histograms add up bucket by bucket', async () => {
    const { send, scrape } = await runningSidecar();
    const tell = (start: number): Promise<unknown> =>
      send('/v1/metrics', {
        resourceMetrics: [
          {
            resource: {
              attributes: [
                { key: 'service.name', value: { stringValue: 'shop' } },
                { key: 'service.instance.id', value: { stringValue: 'a' } },
              ],
            },
            scopeMetrics: [
              {
                metrics: [
                  {
                    name: 'price',
                    histogram: {
                      aggregationTemporality: 1,
                      dataPoints: [
                        {
                          startTimeUnixNano: nanos(start),
                          timeUnixNano: nanos(start + 1),
                          count: 3,
                          sum: 12.5,
                          bucketCounts: ['1', 1, '1'],
                          explicitBounds: [1, 5],
                        },
                      ],
                    },
                  },
                ],
              },
            ],
          },
        ],
      });
    await tell(0);
    await tell(1);
    const own = 'service_instance_id="a",service_name="shop"';
    expect(await scrape(/price/)).toEqual({
      [`price_bucket{le="+Inf",${own}}`]: 6,
      [`price_bucket{le="1",${own}}`]: 2,
      [`price_bucket{le="5",${own}}`]: 4,
      [`price_count{${own}}`]: 6,
      [`price_sum{${own}}`]: 25,
    });
  });

  it('go on to an exporter of differences, each exactly once, whatever was started anew meanwhile', async () => {
    const memory = memoryExporter({ temporality: 'delta' });
    const { send, sidecar } = await runningSidecar({ exporters: [memory] });
    const tell = async (value: number, start: number, time: number, kind: 1 | 2): Promise<void> => {
      await send('/v1/metrics', counterRequest(SHOP, kind === 1 ? 'visits' : 'orders', [{ value, start, time }], kind));
    };
    await tell(10, 0, 1, 2);
    await tell(4, 0, 1, 1);
    await sidecar.telemetry.flush();
    await tell(12, 0, 2, 2);
    await tell(20, 5, 6, 2);
    await tell(1, 1, 2, 1);
    await sidecar.telemetry.flush();
    await sidecar.telemetry.flush();
    const sum = (name: string): number =>
      memory.snapshots
        .flatMap(({ metrics }) => metrics)
        .filter((metric) => metric.name === name)
        .flatMap(({ points }) => points as readonly { readonly value: number }[])
        .reduce((total, { value }) => total + value, 0);
    expect([sum('orders'), sum('visits')]).toEqual([32, 5]);
  });
});

describe('what is not told any more', () => {
  it('goes after a while: the series that a service leaves out, and the service with its instance', async () => {
    const { send, scrape, clock, sidecar } = await runningSidecar({ limits: { expireAfter: 300 } });
    await send(
      '/v1/metrics',
      counterRequest(SHOP, 'orders', [
        { value: 1, attributes: { plan: 'pro' } },
        { value: 2, attributes: { plan: 'free' } },
      ]),
    );
    await send('/v1/metrics', counterRequest({ ...SHOP, 'service.instance.id': 'old' }, 'orders', [{ value: 5 }]));
    await clock.advance(200);
    await send('/v1/metrics', counterRequest(SHOP, 'orders', [{ value: 3, time: 201, attributes: { plan: 'pro' } }]));
    await clock.advance(150);
    expect(await scrape(/orders/)).toEqual({
      'orders_total{plan="pro",service_instance_id="a",service_name="shop"}': 3,
    });
    expect(sidecar.health()).toMatchObject({ instances: 1, series: 1 });
    await clock.advance(400);
    expect(await scrape(/orders/)).toEqual({});
    expect(sidecar.health()).toMatchObject({ instances: 0, series: 0 });
  });

  it('stays, of a service that tells of changes only, as long as it tells anything', async () => {
    const { send, scrape, clock } = await runningSidecar({ limits: { expireAfter: 300 } });
    await send('/v1/metrics', counterRequest(SHOP, 'orders', [{ value: 3 }], 1));
    await clock.advance(200);
    await send('/v1/metrics', counterRequest(SHOP, 'visits', [{ value: 1, start: 200, time: 201 }], 1));
    await clock.advance(200);
    expect(Object.keys(await scrape(/orders|visits/))).toHaveLength(2);
    await clock.advance(400);
    expect(await scrape(/orders|visits/)).toEqual({});
  });

  it('goes at once when it says so', async () => {
    const { send, scrape } = await runningSidecar();
    const gauge = (flags: number): Promise<unknown> =>
      send('/v1/metrics', {
        resourceMetrics: [
          {
            scopeMetrics: [
              {
                metrics: [
                  { name: 'depth', gauge: { dataPoints: [{ timeUnixNano: nanos(flags), asDouble: 2, flags }] } },
                ],
              },
            ],
          },
        ],
      });
    await gauge(0);
    expect(Object.values(await scrape(/^depth/))).toEqual([2]);
    await gauge(1);
    expect(await scrape(/^depth/)).toEqual({});
  });
});
