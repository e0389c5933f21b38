import { createTelemetry, type HistogramPoint, type NumberPoint, type Telemetry } from '@telltale/core';
import { describe, expect, it, vi } from 'vitest';
import { ask, RawConnection } from './http-adapter-client.ts';
import { Gate, type HttpAdapterSuiteOptions } from './http-adapter-under-test.ts';
import { ManualClock } from './manual-clock.ts';
import { type MemoryExporter, memoryExporter } from './memory-exporter.ts';

const DURATION = 'http.server.request.duration';
const ACTIVE = 'http.server.active_requests';
const STREAMS = 'http.server.active_streams';
const STREAM_DURATION = 'http.server.stream.duration';
const REQUEST_SIZE = 'http.server.request.body.size';
const RESPONSE_SIZE = 'http.server.response.body.size';
/** OpenTelemetry's number for spans of servers. */
const SERVER = 1;
const NO_ROUTE = '(no route)';

/**
 * The tests that every HTTP adapter passes, over real connections. Call it at the top of a test file of vitest; the application that
 * `serve` must provide is described there.
 */
export function httpAdapterSuite(options: HttpAdapterSuiteOptions): void {
  const spelled = options.route ?? ((route: string) => route);

  /** A test with an application of its own, on whose clock no time passes by itself. */
  const withApplication = (test: (subject: Subject) => Promise<void>) => async () => {
    const clock = new ManualClock();
    const memory = memoryExporter();
    const problems: Error[] = [];
    const telemetry = createTelemetry({
      service: { name: 'suite' },
      exporters: [memory],
      clock,
      shutdown: { signals: false },
      onError: (error) => void problems.push(error),
    });
    const gate = new Gate();
    const application = await options.serve({ telemetry, gate });
    try {
      await test(new Subject(telemetry, memory, clock, gate, application.port));
      expect(problems).toEqual([]);
    } finally {
      gate.open();
      await application.close();
      await telemetry.shutdown();
    }
  };

  describe(`${options.name} as an HTTP adapter`, () => {
    describe('routes', () => {
      it.each([
        ['/', '/', 200],
        ['/?q=1', '/', 200],
        ['/users/42', '/users/:id', 200],
        ['/users/42?full=yes', '/users/:id', 200],
        ['/shops/north/orders/7', '/shops/:shop/orders/:order', 200],
        ['/shops/north/orders', '/shops/:shop/orders', 200],
        ['/refused', '/refused', 400],
        ['/empty', '/empty', 204],
        ['/unchanged', '/unchanged', 304],
        ['/moved', '/moved', 302],
      ])('gives %s the route %s, with status %i and no error', (url, route, status) =>
        withApplication(async (subject) => {
          expect((await subject.ask(url)).status).toBe(status);
          await subject.settled(1);
          expect(subject.series(DURATION)).toEqual([series('GET', spelled(route), status)]);
        })(),
      );

      it(
        'makes one series of 2,000 URLs that do not exist',
        withApplication(async (subject) => {
          await subject.askMany(1000, (n) => `/random-${n}-${Math.random()}`);
          await subject.askMany(500, (n) => `/shops/${n}/nothing/${n}`);
          await subject.askMany(500, (n) => `/users/${n}/nothing?at=${n}`);
          await subject.settled(2000);
          expect(subject.series(DURATION)).toEqual([series('GET', NO_ROUTE, 404)]);
        }),
      );

      it(
        'makes one series of a route whatever the values of its parameters, and of its mount',
        withApplication(async (subject) => {
          await subject.askMany(500, (n) => `/users/${n}`);
          await subject.askMany(500, (n) => `/shops/shop%20${n}/orders/${n}?n=${n}`);
          await subject.settled(1000);
          expect(subject.series(DURATION)).toEqual([
            series('GET', spelled('/users/:id'), 200),
            series('GET', spelled('/shops/:shop/orders/:order'), 200),
          ]);
        }),
      );

      it(
        'calls methods that are not known _OTHER, and records HEAD with the route of GET',
        withApplication(async (subject) => {
          expect((await subject.ask('/users/1', { method: 'PROPFIND' })).status).toBeGreaterThanOrEqual(400);
          expect(await subject.ask('/users/1', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
          await subject.settled(2);
          expect(subject.series(DURATION)).toContainEqual(series('HEAD', spelled('/users/:id'), 200));
          expect(subject.series(DURATION).map((one) => one['http.request.method'])).toEqual(['_OTHER', 'HEAD']);
          expect(subject.sum(RESPONSE_SIZE, { 'http.request.method': 'HEAD' })).toBe(0);
        }),
      );
    });

    describe('outcomes', () => {
      it.each([
        ['/fails/now', 500, 'TypeError'],
        ['/fails/later', 500, 'RangeError'],
        ['/unavailable', 503, '503'],
      ])('records %s as %i with error.type %s', (url, status, type) =>
        withApplication(async (subject) => {
          expect((await subject.ask(url)).status).toBe(status);
          await subject.settled(1);
          expect(subject.series(DURATION)).toEqual([series('GET', spelled(url), status, type)]);
          const [span] = await subject.spans();
          expect(span).toMatchObject({ status: 'error', attributes: { 'error.type': type } });
          const exceptions = span?.events.filter((event) => event.name === 'exception');
          expect(exceptions?.map((event) => event.attributes['exception.type'])).toEqual(type === '503' ? [] : [type]);
        })(),
      );

      for (const how of ['end', 'reset'] as const) {
        it(
          `records a client that goes away before the response (${how}) as 499 and client_abort`,
          withApplication(async (subject) => {
            const connection = subject.connect();
            connection.get('/held');
            await subject.waiting(1);
            connection.leave(how);
            await subject.settled(1);
            expect(subject.series(DURATION)).toEqual([series('GET', spelled('/held'), 499, 'client_abort')]);
            expect((await subject.spans())[0]).toMatchObject({
              status: 'error',
              attributes: { 'http.response.status_code': 499, 'error.type': 'client_abort' },
            });
          }),
        );

        it(
          `records a client that goes away in the middle of a stream (${how}) as 499 and client_abort`,
          withApplication(async (subject) => {
            const connection = subject.connect();
            connection.get('/stream');
            await connection.received('one');
            connection.leave(how);
            await subject.settled(1);
            expect(subject.series(DURATION)).toEqual([series('GET', spelled('/stream'), 499, 'client_abort')]);
            expect(subject.total(STREAMS)).toBe(0);
          }),
        );
      }

      it(
        'keeps a request that is never answered in flight until its client goes away',
        withApplication(async (subject) => {
          const connection = subject.connect();
          connection.get('/never');
          await vi.waitFor(() => expect(subject.total(ACTIVE)).toBe(1));
          await subject.clock.advance(100);
          expect(subject.series(DURATION)).toEqual([]);
          connection.leave();
          await subject.settled(1);
          expect(subject.series(DURATION)).toEqual([series('GET', spelled('/never'), 499, 'client_abort')]);
          expect(subject.sum(DURATION)).toBe(100);
        }),
      );

      it(
        'records a response that the service itself breaks off as an error of the service',
        withApplication(async (subject) => {
          const connection = subject.connect();
          connection.get('/broken');
          await connection.received('one');
          await subject.waiting(1);
          subject.gate.open();
          await connection.closed();
          await subject.settled(1);
          expect(subject.series(DURATION)).toEqual([series('GET', spelled('/broken'), 500, 'response_destroyed')]);
        }),
      );
    });

    describe('time', () => {
      it(
        'measures from the request to the response',
        withApplication(async (subject) => {
          const answer = subject.ask('/held');
          await subject.waiting(1);
          expect(subject.total(ACTIVE)).toBe(1);
          await subject.clock.advance(2);
          subject.gate.open();
          expect((await answer).body).toBe('late');
          await subject.settled(1);
          expect(subject.sum(DURATION)).toBe(2);
          expect(subject.series(STREAM_DURATION)).toEqual([]);
          const [span] = await subject.spans();
          expect((span?.endTime ?? 0) - (span?.startTime ?? 0)).toBe(2);
        }),
      );

      it.each([
        ['/stream', 'one', 'two'],
        ['/events', '200 OK', 'data: 1'],
      ])('keeps the life of %s out of the duration of the request', (url, first, last) =>
        withApplication(async (subject) => {
          const connection = subject.connect();
          connection.get(url);
          await connection.received(first);
          await subject.waiting(1);
          expect([subject.total(ACTIVE), subject.total(STREAMS)]).toEqual([1, 1]);
          await subject.clock.advance(5);
          subject.gate.open();
          await connection.received(last);
          await subject.settled(1);
          const own = series('GET', spelled(url), 200);
          expect([subject.series(DURATION), subject.series(STREAM_DURATION)]).toEqual([[own], [own]]);
          expect([subject.sum(DURATION), subject.sum(STREAM_DURATION)]).toEqual([0, 5]);
          expect(subject.total(STREAMS)).toBe(0);
          connection.leave();
        })(),
      );

      it(
        'does not take a 1xx response for the first byte',
        withApplication(async (subject) => {
          const connection = subject.connect();
          connection.get('/hints');
          await connection.received('103 Early Hints');
          await subject.waiting(1);
          await subject.clock.advance(3);
          subject.gate.open();
          await connection.received('hinted');
          await subject.settled(1);
          expect(subject.series(DURATION)).toEqual([series('GET', spelled('/hints'), 200)]);
          expect([subject.sum(DURATION), subject.series(STREAM_DURATION)]).toEqual([3, []]);
          connection.leave();
        }),
      );
    });

    describe('connections', () => {
      it(
        'records each request of a connection that is kept alive',
        withApplication(async (subject) => {
          const connection = subject.connect();
          for (let n = 1; n <= 5; n++) {
            connection.get(`/users/${n}`);
            await connection.received('user');
          }
          await subject.settled(5);
          expect(subject.count(DURATION)).toBe(5);
          connection.leave();
        }),
      );

      it(
        'records each of several requests that were sent at once',
        withApplication(async (subject) => {
          const connection = subject.connect();
          connection.get('/held');
          connection.get('/users/1');
          connection.get('/');
          await subject.waiting(1);
          subject.gate.open();
          await connection.received('home');
          await subject.settled(3);
          expect(subject.series(DURATION)).toEqual(
            expect.arrayContaining(['/held', '/users/:id', '/'].map((route) => series('GET', spelled(route), 200))),
          );
          connection.leave();
        }),
      );

      it(
        'ends all requests that were sent at once when their client goes away',
        withApplication(async (subject) => {
          const connection = subject.connect();
          connection.get('/never');
          connection.get('/never');
          connection.get('/never');
          await vi.waitFor(() => expect(subject.total(ACTIVE)).toBe(3));
          connection.leave();
          await subject.settled(3);
          expect(subject.series(DURATION)).toEqual([series('GET', spelled('/never'), 499, 'client_abort')]);
        }),
      );
    });

    describe('sizes', () => {
      it(
        'records the bytes of bodies, whatever their characters',
        withApplication(async (subject) => {
          const body = '€'.repeat(100_000);
          expect((await subject.ask('/echo', { method: 'POST', body })).body).toBe(body);
          await subject.settled(1);
          const own = series('POST', spelled('/echo'), 200);
          expect([subject.series(REQUEST_SIZE), subject.series(RESPONSE_SIZE)]).toEqual([[own], [own]]);
          expect([subject.sum(REQUEST_SIZE), subject.sum(RESPONSE_SIZE)]).toEqual([300_000, 300_000]);
        }),
      );

      it(
        'counts what is sent in chunks, and nothing for responses without a body',
        withApplication(async (subject) => {
          const connection = subject.connect();
          connection.get('/stream');
          await connection.received('one');
          await subject.waiting(1);
          subject.gate.open();
          await connection.received('two');
          await subject.ask('/empty');
          await subject.ask('/unchanged');
          await subject.settled(3);
          const sizeOf = (route: string) => subject.sum(RESPONSE_SIZE, { 'http.route': spelled(route) });
          expect([sizeOf('/stream'), sizeOf('/empty'), sizeOf('/unchanged')]).toEqual([6, 0, 0]);
          expect(subject.series(REQUEST_SIZE)).toEqual([]);
          connection.leave();
        }),
      );
    });

    describe('spans', () => {
      it(
        'makes a span of the server, named by method and route, without the query string',
        withApplication(async (subject) => {
          await subject.ask('/users/42?token=secret', { headers: { 'user-agent': 'suite' } });
          await subject.ask('/nothing/42');
          await subject.settled(2);
          const [found, missing] = await subject.spans();
          expect(found).toMatchObject({ name: `GET ${spelled('/users/:id')}`, kind: SERVER, status: 'unset' });
          expect(found?.attributes).toEqual({
            'http.request.method': 'GET',
            'http.route': spelled('/users/:id'),
            'http.response.status_code': 200,
            'url.scheme': 'http',
            'url.path': '/users/42',
            'user_agent.original': 'suite',
            'client.address': expect.stringContaining('127.0.0.1'),
          });
          expect(missing).toMatchObject({ name: 'GET', status: 'unset' });
          expect(missing?.attributes).not.toHaveProperty('http.route');
        }),
      );

      it(
        "continues the caller's trace",
        withApplication(async (subject) => {
          const traceId = '0af7651916cd43dd8448eb211c80319c';
          await subject.ask('/', { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } });
          await subject.settled(1);
          expect(await subject.spans()).toMatchObject([
            { traceId, parentSpanId: 'b7ad6b7169203331', parentIsRemote: true },
          ]);
        }),
      );

      it.each([
        ['GET', '/traced', 'work'],
        ['POST', '/echo', 'echo'],
      ])('is the parent of spans that are made while %s %s is handled', (method, url, name) =>
        withApplication(async (subject) => {
          const asked = Array.from({ length: 20 }, () =>
            subject.ask(url, { method, ...(method === 'POST' && { body: 'x'.repeat(70_000) }) }),
          );
          await Promise.all(asked);
          await subject.settled(20);
          const spans = await subject.spans();
          const requests = new Map(spans.filter((span) => span.kind === SERVER).map((span) => [span.spanId, span]));
          const inner = spans.filter((span) => span.name === name);
          expect(inner).toHaveLength(20);
          expect(new Set(inner.map((span) => span.parentSpanId))).toEqual(new Set(requests.keys()));
          for (const span of inner) expect(requests.get(span.parentSpanId ?? '')?.traceId).toBe(span.traceId);
        })(),
      );
    });
  });
}

/** An application under test, and ways of looking at its telemetry. */
class Subject {
  readonly clock: ManualClock;
  readonly gate: Gate;
  private readonly telemetry: Telemetry;
  private readonly memory: MemoryExporter;
  private readonly port: number;

  constructor(telemetry: Telemetry, memory: MemoryExporter, clock: ManualClock, gate: Gate, port: number) {
    this.telemetry = telemetry;
    this.memory = memory;
    this.clock = clock;
    this.gate = gate;
    this.port = port;
  }

  ask(path: string, options?: Parameters<typeof ask>[2]): ReturnType<typeof ask> {
    return ask(this.port, path, options);
  }

  /** On one connection, one after the other. */
  async askMany(times: number, path: (n: number) => string): Promise<void> {
    const connection = this.connect();
    for (let n = 1; n <= times; n++) {
      connection.get(path(n));
      await connection.received('HTTP/1.1 ');
    }
    connection.leave();
  }

  connect(): RawConnection {
    return new RawConnection(this.port);
  }

  /** Resolves once so many handlers wait at the gate. */
  async waiting(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.gate.count).toBe(count));
  }

  /** Resolves once so many requests have ended; none is in flight then. */
  async settled(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.count(DURATION)).toBe(count));
    expect(this.total(ACTIVE)).toBe(0);
  }

  /** The attributes of all series of a metric. */
  series(name: string) {
    return this.points(name).map(({ attributes }) => attributes);
  }

  /** How many values a histogram has. */
  count(name: string): number {
    return this.points<HistogramPoint>(name).reduce((sum, { count }) => sum + count, 0);
  }

  /** The sum of the values of a histogram's series with these attributes. */
  sum(name: string, wanted: Readonly<Record<string, unknown>> = {}): number {
    return this.points<HistogramPoint>(name)
      .filter(({ attributes }) => Object.entries(wanted).every(([key, value]) => attributes[key] === value))
      .reduce((total, { sum }) => total + sum, 0);
  }

  /** The value of an up-down counter over all its series. */
  total(name: string): number {
    return this.points<NumberPoint>(name).reduce((sum, { value }) => sum + value, 0);
  }

  /** In the order in which they ended. */
  async spans() {
    await this.telemetry.flush();
    return this.memory.spans;
  }

  private points<P extends HistogramPoint | NumberPoint>(name: string): readonly P[] {
    const metric = this.telemetry.snapshot().metrics.find((one) => one.name === name);
    return (metric?.points ?? []) as unknown as readonly P[];
  }
}

function series(method: string, route: string, status: number, errorType?: string) {
  return {
    'http.request.method': method,
    'http.route': route,
    'http.response.status_code': status,
    'url.scheme': 'http',
    ...(errorType !== undefined && { 'error.type': errorType }),
  };
}
