import { describe, expect, it } from 'vitest';
import { serve } from '../dashboard.test-support.ts';
import { boardOf } from './board.test-support.ts';

describe('a board', () => {
  it('shows what came in the last ten seconds as rates, error rates and quantiles, and what came in all', async () => {
    const { telemetry, clock, read } = boardOf();
    await serve(telemetry, clock, '/before', [0.01]);
    const first = await read();
    expect(first.routes.rows).toMatchObject([{ route: '/before', count: 1, rate: null, p95: null }]);
    for (let i = 0; i < 40; i++) await serve(telemetry, clock, '/orders/:id', [0.04], i % 10 === 0 ? 500 : 200);
    for (let i = 0; i < 10; i++) telemetry.request({ method: 'POST' }).end({ status: 404, route: '/orders/:id' });
    telemetry.request({ method: 'GET' }).end({ status: 200, route: '/orders/:id', aborted: true });
    await clock.advance(8.4);
    const { routes, services } = await read();
    expect(routes).toEqual({
      rows: [
        {
          id: 'shop|GET|/orders/:id',
          service: 'shop',
          method: 'GET',
          route: '/orders/:id',
          count: 41,
          errors: 4,
          rate: 4.1,
          errorRate: 0.4,
          p50: expect.closeTo(0.037, 2),
          p95: expect.closeTo(0.049, 3),
          p99: expect.closeTo(0.05, 2),
          statuses: { '2xx': 36, '5xx': 4, '499': 1 },
        },
        expect.objectContaining({ method: 'POST', errors: 0, rate: 1, statuses: { '4xx': 10 } }),
        expect.objectContaining({ route: '/before', count: 1, rate: 0, errorRate: 0, p50: null }),
      ],
      more: 0,
    });
    expect(services.rows).toMatchObject([
      {
        id: 'shop',
        version: '1.4.0',
        environment: 'test',
        instances: 1,
        requests: { count: 52, errors: 4, rate: 5.1, errorRate: 0.4 },
        activeRequests: 0,
        jobs: { count: 0, p50: null },
      },
    ]);
  });

  it('shows rates that fall to zero when nothing comes any more', async () => {
    const { telemetry, clock, read } = boardOf();
    await read();
    await serve(telemetry, clock, '/a', [0.5, 0.5]);
    expect((await read()).routes.rows[0]?.rate).toBe(2);
    for (let i = 0; i < 12; i++) {
      await clock.advance(1);
      await read();
    }
    expect((await read()).routes.rows[0]).toMatchObject({ count: 2, rate: 0, p95: null });
  });

  it('shows queues, jobs, pools, calls and the process', async () => {
    const { telemetry, clock, read } = boardOf();
    await read();
    const queue = telemetry.queue('emails');
    expect(queue.claim()).toBe(true);
    queue.sampled({ depth: { waiting: 7, active: 2 }, oldestAge: 12.5, workers: 3, paused: true, overdue: 1 });
    queue.stalled();
    await expect(
      telemetry.job('send', { queue: 'emails', waited: 3 }, async () => {
        await clock.advance(1);
        throw new Error('no');
      }),
    ).rejects.toThrow();
    telemetry.job('send', { queue: 'emails' }, () => {});
    const pool = telemetry.workerPool('images', { size: 2 });
    const tasks = [1, 2, 3].map(() => pool.task('resize', () => clock.advance(1)));
    await Promise.all(tasks);
    await telemetry.boundary({ to: 'payments', operation: 'charge', protocol: 'http' }, () => clock.advance(0.2));
    telemetry.boundary({ to: 'payments', operation: 'refund', protocol: 'http' }).end(new Error('down'));
    const { queues, jobs, pools, calls, services } = await read();
    expect(queues.rows).toEqual([
      {
        id: 'shop|emails',
        service: 'shop',
        queue: 'emails',
        depth: { waiting: 7, active: 2 },
        oldest: 12.5,
        workers: 3,
        paused: true,
        overdue: 1,
        stalled: 1,
      },
    ]);
    expect(jobs.rows).toMatchObject([
      { queue: 'emails', job: 'send', count: 2, errors: 1, active: 0, retries: 0, waitP50: expect.any(Number) },
    ]);
    expect(pools.rows).toMatchObject([{ pool: 'images', size: 2, count: 3, errors: 0, busy: 0, pending: 0 }]);
    expect(calls.rows).toMatchObject([
      {
        from: 'shop',
        to: 'payments',
        protocol: 'http',
        count: 2,
        errors: 1,
        active: 0,
        operations: [
          { operation: 'charge', count: 1 },
          { operation: 'refund', count: 1, errors: 1 },
        ],
      },
    ]);
    expect(services.rows).toMatchObject([
      { waiting: 7, jobs: { count: 2, errors: 1 }, calls: { count: 2, errors: 1 } },
    ]);
  });

  it('keeps the services of one process apart', async () => {
    const { telemetry, read } = boardOf();
    const auth = telemetry.forService('auth');
    telemetry.request({ method: 'GET' }).end({ status: 200, route: '/' });
    auth.request({ method: 'GET' }).end({ status: 200, route: '/' });
    auth.boundary({ to: 'shop', operation: 'ask' }).end();
    const { services, routes, calls } = await read();
    expect(services.rows.map(({ id }) => id).sort()).toEqual(['auth', 'shop']);
    expect(routes.rows.map(({ id }) => id).sort()).toEqual(['auth|GET|/', 'shop|GET|/']);
    expect(calls.rows).toMatchObject([{ from: 'auth', to: 'shop' }]);
  });

  it('reads what services in other languages send by the names of OpenTelemetry', async () => {
    const { telemetry, clock, read } = boardOf();
    const meter = telemetry.meterProvider.getMeter('otel');
    const calls = meter.createHistogram('http.client.request.duration', { unit: 's' });
    const old = meter.createHistogram('http.server.duration', { unit: 'ms' });
    const db = meter.createHistogram('db.client.operation.duration', { unit: 's' });
    const heap = meter.createObservableUpDownCounter('jvm.memory.used');
    heap.addCallback((result) => {
      result.observe(1000, { 'jvm.memory.type': 'heap' });
      result.observe(50, { 'jvm.memory.type': 'non_heap' });
    });
    await read();
    for (let i = 0; i < 10; i++) {
      calls.record(0.25, { 'server.address': 'payments', 'server.port': 8080, 'http.request.method': 'POST' });
      old.record(400, { 'http.method': 'GET', 'http.route': '/old', 'http.status_code': i === 0 ? 503 : 200 });
      db.record(0.001, { 'db.system.name': 'postgresql', 'db.namespace': 'orders', 'db.operation.name': 'SELECT' });
    }
    await clock.advance(2);
    const { routes, calls: arrows, runtime } = await read();
    expect(routes.rows).toMatchObject([
      { method: 'GET', route: '/old', count: 10, errors: 1, statuses: { '2xx': 9, '5xx': 1 } },
    ]);
    // An exponential histogram is put on a grid of four buckets per doubling.
    expect(routes.rows[0]?.p50).toBeGreaterThan(0.33);
    expect(routes.rows[0]?.p50).toBeLessThan(0.48);
    expect(
      arrows.rows.map(({ to, protocol, rate }) => ({ to, protocol, rate })).sort((a, b) => (a.to < b.to ? -1 : 1)),
    ).toEqual([
      { to: 'orders', protocol: 'postgresql', rate: 5 },
      { to: 'payments:8080', protocol: 'http', rate: 5 },
    ]);
    expect(runtime.rows).toMatchObject([{ service: 'shop', heapUsed: 1000, cpu: null }]);
  });

  it('shows the busiest rows and counts the others', async () => {
    const { telemetry, clock, read } = boardOf(3);
    await read();
    for (let i = 0; i < 20; i++) {
      for (let times = 0; times <= i; times++)
        telemetry.request({ method: 'GET' }).end({ status: 200, route: `/r${i}` });
    }
    await clock.advance(1);
    const { routes } = await read();
    expect(routes.rows.map(({ route, count }) => [route, count])).toEqual([
      ['/r19', 20],
      ['/r18', 19],
      ['/r17', 18],
    ]);
    expect(routes.more).toBe(17);
  });
});
