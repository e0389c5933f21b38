import { trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { allSeriesOf, pointsOf, testTelemetry, tracedTelemetry } from '../telemetry.test-support.ts';

describe('a request', () => {
  it('gives its duration up to the first byte, its sizes, and what is in flight', () => {
    const { telemetry, clock, events } = testTelemetry();
    const request = telemetry.request({ method: 'POST', scheme: 'https', attributes: { tenant: 'acme' } });
    expect(allSeriesOf(telemetry)).toEqual({
      'http.server.active_requests{http.request.method=POST,url.scheme=https}': 1,
    });
    clock.advance(0.25);
    request.firstByte();
    clock.advance(1);
    request.firstByte();
    request.end({ status: 201, route: '/users/:id', requestBodySize: 100, responseBodySize: 2000 });
    const attributes =
      '{http.request.method=POST,http.response.status_code=201,http.route=/users/:id,tenant=acme,url.scheme=https}';
    expect(allSeriesOf(telemetry)).toEqual({
      'http.server.active_requests{http.request.method=POST,url.scheme=https}': 0,
      [`http.server.request.duration${attributes}`]: 1,
      [`http.server.request.body.size${attributes}`]: 1,
      [`http.server.response.body.size${attributes}`]: 1,
    });
    expect(pointsOf(telemetry, 'http.server.request.duration')[0]).toMatchObject({ sum: 0.25 });
    expect(events).toEqual([
      {
        type: 'end',
        kind: 'request',
        name: 'POST /users/:id',
        time: 1_700_000_001.25,
        startTime: 1_700_000_000,
        duration: 1.25,
        outcome: 'completed',
        attributes: {
          tenant: 'acme',
          'http.request.method': 'POST',
          'http.route': '/users/:id',
          'http.response.status_code': 201,
          'url.scheme': 'https',
        },
        resource: telemetry.snapshot().resource,
      },
    ]);
  });

  it.each([
    [{ status: 404 }, { 'http.response.status_code': 404 }, 'completed'],
    [{ status: 500 }, { 'http.response.status_code': 500, 'error.type': '500' }, 'failed'],
    [
      { status: 503, error: Object.assign(new Error('no'), { code: 'EDB' }) },
      { 'http.response.status_code': 503, 'error.type': 'EDB' },
      'failed',
    ],
    [{ status: 200, aborted: true }, { 'http.response.status_code': 499, 'error.type': 'client_abort' }, 'aborted'],
  ])('that ends with %o has %o', (end, attributes, outcome) => {
    const { telemetry, events } = testTelemetry();
    telemetry.request({ method: 'GET' }).end(end);
    const expected = {
      'http.request.method': 'GET',
      'http.route': '(no route)',
      'url.scheme': 'http',
      ...attributes,
    };
    expect(pointsOf(telemetry, 'http.server.request.duration').map((point) => point.attributes)).toEqual([expected]);
    expect(events[0]).toMatchObject({ attributes: expected, outcome });
    expect(events[0]?.error?.type).toEqual((attributes as Record<string, unknown>)['error.type']);
  });

  it('has a life apart while its response streams', () => {
    const { telemetry, clock } = testTelemetry();
    const request = telemetry.request({ method: 'GET' });
    clock.advance(0.5);
    request.stream();
    request.stream();
    expect(allSeriesOf(telemetry)).toMatchObject({
      'http.server.active_streams{http.request.method=GET,url.scheme=http}': 1,
    });
    clock.advance(30);
    request.end({ status: 200, route: '/events' });
    request.stream();
    expect(allSeriesOf(telemetry)).toMatchObject({
      'http.server.active_streams{http.request.method=GET,url.scheme=http}': 0,
      'http.server.active_requests{http.request.method=GET,url.scheme=http}': 0,
    });
    expect(pointsOf(telemetry, 'http.server.request.duration')[0]).toMatchObject({ sum: 0.5 });
    expect(pointsOf(telemetry, 'http.server.stream.duration')[0]).toMatchObject({ count: 1, sum: 30 });
  });

  it('that asks for another protocol is a stream from its start, and no request', async () => {
    const { telemetry, clock, events, finished } = tracedTelemetry();
    const upgrade = telemetry.request({ method: 'GET', scheme: 'https', path: '/socket', upgrade: true });
    const stream = 'http.server.active_streams{http.request.method=GET,url.scheme=https}';
    expect(allSeriesOf(telemetry)).toEqual({ [stream]: 1 });
    clock.advance(60);
    upgrade.firstByte();
    upgrade.stream();
    upgrade.end({ status: 101, route: '/socket' });
    upgrade.end({ status: 101, route: '/socket' });
    const attributes = {
      'http.request.method': 'GET',
      'http.response.status_code': 101,
      'http.route': '/socket',
      'url.scheme': 'https',
    };
    expect(Object.keys(allSeriesOf(telemetry)).map((key) => key.replace(/\{.*/, ''))).toEqual([
      'http.server.active_streams',
      'http.server.stream.duration',
    ]);
    expect(allSeriesOf(telemetry)[stream]).toBe(0);
    expect(pointsOf(telemetry, 'http.server.stream.duration')).toMatchObject([{ attributes, count: 1, sum: 60 }]);
    expect(events).toMatchObject([{ name: 'GET /socket', outcome: 'completed', duration: 60, attributes }]);
    expect(await finished()).toMatchObject([{ name: 'GET /socket', status: 'unset', attributes }]);
  });

  it('lets no attribute of its end take the place of a standard one', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const own = {
      'http.request.method': 'GET',
      'http.route': '/users/:id',
      'http.response.status_code': 500,
      'url.scheme': 'http',
      'error.type': 'TypeError',
    };
    const attributes = Object.fromEntries(Object.keys(own).map((key) => [key, 'mine']));
    telemetry.request({ method: 'GET' }).end({
      status: 500,
      route: '/users/:id',
      error: new TypeError('no'),
      attributes: { ...attributes, plan: 'pro' },
    });
    expect(pointsOf(telemetry, 'http.server.request.duration')[0]?.attributes).toEqual({ ...own, plan: 'pro' });
    expect((await finished())[0]?.attributes).toEqual({ ...own, plan: 'pro' });
  });

  it('has one method for all that anyone may make up', async () => {
    const { telemetry, finished } = tracedTelemetry();
    telemetry.request({ method: 'BREW' }).end({ status: 405 });
    telemetry.request({ method: 'get' }).end({ status: 405 });
    expect(pointsOf(telemetry, 'http.server.request.duration').map(({ attributes }) => attributes)).toMatchObject([
      { 'http.request.method': '_OTHER' },
    ]);
    expect((await finished()).map(({ attributes }) => attributes['http.request.method_original'])).toEqual([
      'BREW',
      'get',
    ]);
  });

  it('ends once', () => {
    const { telemetry, events } = testTelemetry();
    const request = telemetry.request({ method: 'GET' });
    request.end({ status: 200, route: '/' });
    request.end({ status: 500, route: '/other' });
    expect(allSeriesOf(telemetry)).toEqual({
      'http.server.active_requests{http.request.method=GET,url.scheme=http}': 0,
      'http.server.request.duration{http.request.method=GET,http.response.status_code=200,http.route=/,url.scheme=http}': 1,
    });
    expect(events).toHaveLength(1);
  });

  it("does not keep the caller's attributes", () => {
    const { telemetry } = testTelemetry();
    const attributes = { tenant: 'acme' };
    const request = telemetry.request({ method: 'GET', attributes });
    attributes.tenant = 'other';
    request.end({ status: 200 });
    expect(pointsOf(telemetry, 'http.server.request.duration')[0]?.attributes.tenant).toBe('acme');
  });

  it('continues the trace of its headers in a server span', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const request = telemetry.request({
      method: 'GET',
      headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01`, 'user-agent': 'curl' },
      path: '/users/7',
      query: 'a=1',
      clientAddress: '::1',
    });
    request.run(() => telemetry.span('inside', () => {}));
    request.end({ status: 500, route: '/users/:id', error: new TypeError('no') });
    const [inside, server] = await finished();
    expect(inside).toMatchObject({ traceId, parentSpanId: server?.spanId });
    expect(server).toMatchObject({
      traceId,
      parentSpanId: 'b7ad6b7169203331',
      parentIsRemote: true,
      name: 'GET /users/:id',
      kind: 1,
      status: 'error',
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/users/:id',
        'http.response.status_code': 500,
        'error.type': 'TypeError',
        'url.scheme': 'http',
        'url.path': '/users/7',
        'url.query': 'a=1',
        'user_agent.original': 'curl',
        'client.address': '::1',
      },
    });
    expect(server?.events).toMatchObject([{ name: 'exception' }]);
  });

  it('with work is active in it, and ends with it as 200 or 500', async () => {
    const { telemetry, events } = tracedTelemetry();
    const result = { ok: true };
    const promise = Promise.resolve(result);
    const given = telemetry.request({ method: 'GET', route: '/' }, (request) => {
      expect(trace.getSpan(telemetry.activeContext())).toBe(request.span);
      return promise;
    });
    expect(given).toBe(promise);
    await given;
    const error = new Error('no');
    expect(() =>
      telemetry.request({ method: 'GET', route: '/' }, () => {
        throw error;
      }),
    ).toThrow(error);
    expect(events.map(({ attributes }) => attributes['http.response.status_code'])).toEqual([200, 500]);
  });
});
