import { describe, expect, it } from 'vitest';
import { allSeriesOf, pointsOf, seriesOf, testTelemetry, tracedTelemetry } from '../telemetry.test-support.ts';

const CHARGE = { to: 'payments', operation: 'charge' };

describe('a boundary call', () => {
  it('gives its duration, its bytes and what is in flight', async () => {
    const { telemetry, clock, events } = testTelemetry();
    const base = 'boundary.from=shop,boundary.operation=charge,boundary.protocol=http,boundary.to=payments,plan=pro';
    const options = { ...CHARGE, protocol: 'http', attributes: { plan: 'pro' } };
    const result = await telemetry.boundary(options, async (call) => {
      call.bytes('sent', 512);
      call.status(201);
      expect(allSeriesOf(telemetry)[`boundary.active_calls{${base}}`]).toBe(1);
      clock.advance(0.5);
      return 'charged';
    });
    expect(result).toBe('charged');
    expect(allSeriesOf(telemetry)).toEqual({
      [`boundary.active_calls{${base}}`]: 0,
      'boundary.call.duration{boundary.from=shop,boundary.operation=charge,boundary.protocol=http,boundary.to=payments,http.response.status_code=201,plan=pro}': 1,
      'boundary.io{boundary.from=shop,boundary.operation=charge,boundary.protocol=http,boundary.to=payments,io.direction=sent,plan=pro}': 512,
    });
    expect(pointsOf(telemetry, 'boundary.call.duration')[0]).toMatchObject({ sum: 0.5 });
    expect(events).toMatchObject([{ kind: 'boundary', name: 'payments charge', outcome: 'completed', duration: 0.5 }]);
  });

  it.each<[string, (call: import('../index.ts').BoundaryOperation) => void, string | undefined]>([
    ['nothing', (call) => call.end(), undefined],
    ['null, as callbacks have it', (call) => call.end(null), undefined],
    ['an error', (call) => call.end(new TypeError('no')), 'TypeError'],
    ['a status of 400 and more', (call) => [call.status(404), call.end()], '404'],
    ['a status and an error', (call) => [call.status(500), call.end(new TypeError('no'))], 'TypeError'],
    ['a status below 400', (call) => [call.status(302), call.end()], undefined],
  ])('that ends with %s', (_, end, type) => {
    const { telemetry, events } = testTelemetry();
    end(telemetry.boundary(CHARGE));
    expect(pointsOf(telemetry, 'boundary.call.duration')[0]?.attributes['error.type']).toBe(type);
    expect(events[0]?.outcome).toBe(type === undefined ? 'completed' : 'failed');
    expect(events[0]?.error?.type).toBe(type);
  });

  it('lasts until the first byte of the answer, where that is told, and its span until the end', async () => {
    const { telemetry, clock, events, finished } = tracedTelemetry();
    const call = telemetry.boundary(CHARGE);
    clock.advance(2);
    call.firstByte();
    clock.advance(3);
    call.firstByte();
    call.end();
    expect(pointsOf(telemetry, 'boundary.call.duration')[0]).toMatchObject({ count: 1, sum: 2 });
    expect(events[0]?.duration).toBe(5);
    const [span] = await finished();
    expect((span?.endTime ?? 0) - (span?.startTime ?? 0)).toBe(5);
  });

  it('does nothing after its end', () => {
    const { telemetry, events } = testTelemetry();
    const call = telemetry.boundary(CHARGE);
    call.end();
    const before = allSeriesOf(telemetry);
    call.end(new Error('late'));
    call.status(500);
    call.bytes('received', 5);
    expect(allSeriesOf(telemetry)).toEqual(before);
    expect(events).toHaveLength(1);
  });

  it('comes from the service whose telemetry it is', () => {
    const { telemetry } = testTelemetry();
    telemetry.boundary(CHARGE, () => {});
    telemetry.forService('auth').boundary(CHARGE, () => {});
    const from = telemetry.snapshot().metrics.filter(({ name }) => name === 'boundary.call.duration');
    expect(
      from.map(({ points, resource }) => [points[0]?.attributes['boundary.from'], resource.attributes['service.name']]),
    ).toEqual([
      ['shop', 'shop'],
      ['auth', 'auth'],
    ]);
  });

  it('is a client span that can be handed on', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const headers: Record<string, string> = {};
    telemetry.boundary(CHARGE, (call) => {
      call.inject(headers);
      call.status(503);
    });
    const [span] = await finished();
    expect(span).toMatchObject({
      name: 'payments charge',
      kind: 2,
      status: 'error',
      attributes: { 'boundary.to': 'payments', 'http.response.status_code': 503, 'error.type': '503' },
    });
    expect(headers).toEqual({ traceparent: `00-${span?.traceId}-${span?.spanId}-01` });
  });
});

describe('operations within operations', () => {
  it('are one trace, across services of the process, synchronous or not', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const auth = telemetry.forService('auth');
    await telemetry.job('outer', async () => {
      await Promise.resolve();
      await telemetry.span('middle', async () => {
        await new Promise((resolve) => setImmediate(resolve));
        auth.boundary(CHARGE, () => telemetry.workerPool('p', { size: 1 }).task('innermost', () => {}));
      });
    });
    const spans = await finished();
    const byName = new Map(spans.map((span) => [span.name, span]));
    const parents = ['innermost', 'payments charge', 'middle', 'outer'].map((name) => {
      const parent = byName.get(name)?.parentSpanId;
      return `${name} in ${spans.find(({ spanId }) => spanId === parent)?.name}`;
    });
    expect(parents).toEqual([
      'innermost in payments charge',
      'payments charge in middle',
      'middle in outer',
      'outer in undefined',
    ]);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(byName.get('payments charge')?.resource.attributes['service.name']).toBe('auth');
    expect(seriesOf(telemetry, 'job.duration')).toEqual({ '{job.name=outer,job.outcome=completed}': 1 });
  });
});
