import { createRequire } from 'node:module';
import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import type { Telemetry } from '@telltale/core';
import axios from 'axios';
import got from 'got';
import * as undici5 from 'undici5';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Client, FETCH, NODE, OWN_CLIENTS, textOf } from './clients.test-support.ts';
import { observed } from './observed.test-support.ts';
import { type SeenRequest, testServer } from './test-server.test-support.ts';
import { UNDICI_CLIENTS } from './undici-clients.test-support.ts';

const named = (clients: readonly Client[]) => clients.map((client) => [client.name, client] as const);
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const FOREIGN = `00-${TRACE}-b7ad6b7169203331-01`;

/** How often a header was sent. */
const timesOf = ({ rawHeaders }: SeenRequest, name: string): number =>
  rawHeaders.filter((header, at) => at % 2 === 0 && header.toLowerCase() === name).length;

describe.each(named([...OWN_CLIENTS, ...UNDICI_CLIENTS]))('%s', (_name, client) => {
  it("makes a client span by OpenTelemetry's conventions, inside of what makes the call, and hands the trace on", async () => {
    const server = await testServer();
    const { telemetry, ...seen } = observed({ names: { '127.0.0.1': 'payments' } });
    const parent = await telemetry.span('work', async (span) => {
      await client.ask(`${server.url}/ok?user=me&token=secret&bare`);
      return span.spanContext();
    });
    await seen.settled(1);
    const [span] = await seen.spans();
    const [address, port] = server.host.split(':');
    expect(span).toMatchObject({ name: 'GET', traceId: parent.traceId, parentSpanId: parent.spanId });
    expect(span?.attributes).toEqual({
      'boundary.from': 'shop',
      'boundary.to': 'payments',
      'boundary.operation': 'GET',
      'boundary.protocol': 'http',
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'url.full': `${server.url}/ok?user=REDACTED&token=REDACTED&REDACTED`,
      'server.address': address,
      'server.port': Number(port),
      'network.protocol.version': '1.1',
      'network.peer.address': '127.0.0.1',
      'network.peer.port': Number(port),
    });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.headers.traceparent).toBe(`00-${span?.traceId}-${span?.spanId}-01`);
    expect(timesOf(server.requests[0] as SeenRequest, 'traceparent')).toBe(1);
  });

  it('hands baggage on, and leaves headers of the service alone', async () => {
    const server = await testServer();
    const { telemetry, ...seen } = observed();
    const baggage = propagation.createBaggage({ tenant: { value: 'acme' } });
    await telemetry.withContext(propagation.setBaggage(telemetry.activeContext(), baggage), async () => {
      await client.ask(`${server.url}/ok`);
      await client.ask(`${server.url}/ok`, { headers: { traceparent: FOREIGN } });
      await client.ask(`${server.url}/ok`, { headers: { baggage: 'tenant=own' } });
    });
    await seen.settled(3);
    const [first, second, third] = await seen.spans();
    expect(server.requests.map(({ headers }) => [headers.traceparent, headers.baggage])).toEqual([
      [`00-${first?.traceId}-${first?.spanId}-01`, 'tenant=acme'],
      [FOREIGN, undefined],
      [`00-${third?.traceId}-${third?.spanId}-01`, 'tenant=own'],
    ]);
    expect(server.requests.every((request) => timesOf(request, 'traceparent') === 1)).toBe(true);
    expect(second).toMatchObject({ name: 'GET', attributes: { 'http.response.status_code': 200 } });
  });

  it('adds no header and makes no span when spans are off', async () => {
    const server = await testServer();
    const seen = observed({}, { signals: { spans: false } });
    await client.ask(`${server.url}/ok`);
    await seen.settled(1);
    expect(server.requests[0]?.headers).not.toHaveProperty('traceparent');
    expect(await seen.spans()).toEqual([]);
  });

  it('hands a trace on that is not sampled', async () => {
    const server = await testServer();
    const seen = observed({}, { sampling: { ratio: 0 } });
    await client.ask(`${server.url}/ok`);
    await seen.settled(1);
    expect(server.requests[0]?.headers.traceparent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-00$/);
    expect(await seen.spans()).toEqual([]);
  });
});

describe('a span', () => {
  it.each(named([FETCH, NODE]))('of %s never shows credentials', async (_name, client) => {
    const server = await testServer();
    const seen = observed();
    const url = server.url.replace('//', '//user:pass@');
    await client.ask(url).catch(() => client.ask(server.url, { headers: { authorization: 'Basic dXNlcjpwYXNz' } }));
    await seen.settled(1);
    expect(JSON.stringify(await seen.spans())).not.toMatch(/pass|dXNlcjpwYXNz/);
  });

  it('of an unknown method has it as it was, under a name that is one of few', async () => {
    const server = await testServer();
    const seen = observed();
    await NODE.ask(server.url, { method: 'PROPFIND' });
    await seen.settled(1);
    expect(seen.calls()).toMatchObject([{ 'boundary.operation': '_OTHER' }]);
    expect((await seen.spans())[0]).toMatchObject({
      name: 'HTTP',
      attributes: { 'http.request.method': '_OTHER', 'http.request.method_original': 'PROPFIND' },
    });
  });

  it('of a host with a port that is not told has none', async () => {
    const server = await testServer();
    const seen = observed();
    await NODE.ask(`${server.url}/ok`, { headers: { host: 'tenant.internal' } });
    await seen.settled(1);
    const [span] = await seen.spans();
    expect(span?.attributes).toMatchObject({ 'boundary.to': '127.0.0.1', 'server.address': '127.0.0.1' });
    expect(span?.attributes).not.toHaveProperty('server.port');
  });
});

describe('what is asked for again', () => {
  it('shows for redirects that axios and got follow', async () => {
    const server = await testServer();
    const seen = observed();
    await axios.get(`${server.url}/moved`);
    await got(`${server.url}/moved`).text();
    await seen.settled(6);
    const counts = (await seen.spans()).map(({ attributes }) => attributes['http.request.resend_count']);
    expect(counts).toEqual([undefined, 1, 2, undefined, 1, 2]);
  });

  it('shows for retries of got that are answered, each of which is a call', async () => {
    let tries = 0;
    const server = await testServer((_request, response) => {
      if (++tries < 3) response.writeHead(503).end();
      else response.end('at last');
      return true;
    });
    const seen = observed();
    expect(
      await got(server.url, {
        retry: { limit: 2, calculateDelay: ({ computedValue }) => Math.min(computedValue, 1) },
      }).text(),
    ).toBe('at last');
    await seen.settled(3);
    const spans = await seen.spans();
    expect(spans.map(({ attributes }) => attributes['http.response.status_code'])).toEqual([503, 503, 200]);
    expect(spans.map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([undefined, 1, 2]);
  });

  it('does not show for calls of the same URL that follow nothing', async () => {
    const server = await testServer();
    const seen = observed();
    await FETCH.ask(`${server.url}/moved`);
    await FETCH.ask(`${server.url}/ok`);
    await FETCH.ask(`${server.url}/ok`);
    await seen.settled(3);
    const counts = (await seen.spans()).map(({ attributes }) => attributes['http.request.resend_count']);
    expect(counts).toEqual([undefined, undefined, undefined]);
  });
});

/** As a service does that lets OpenTelemetry's instrumentations write into Telltale. */
function register(telemetry: Telemetry): void {
  telemetry.register();
  onTestFinished(() => {
    for (const api of [trace, metrics, context, propagation]) api.disable();
  });
}

describe("OpenTelemetry's own instrumentation beside", () => {
  it.each([
    ['before', 0],
    ['after', 1],
  ])('of undici, started %s, never makes two trace contexts of one, from the second call on', async (when, doubled) => {
    const server = await testServer();
    const start = () => {
      const instrumentation = new UndiciInstrumentation();
      onTestFinished(() => instrumentation.disable());
      return instrumentation;
    };
    const before = when === 'before' ? start() : undefined;
    const { telemetry, ...seen } = observed();
    register(telemetry);
    (before ?? start()).setTracerProvider(telemetry.tracerProvider);
    for (let n = 0; n < 3; n++) await FETCH.ask(`${server.url}/ok`);
    await seen.settled(3);
    expect(server.requests.map((request) => timesOf(request, 'traceparent'))).toEqual([1 + doubled, 1, 1]);
    expect(seen.problems).toHaveLength(doubled);
  });

  it('of undici 5, whose headers are text, is met in the same way', async () => {
    const server = await testServer();
    const seen = observed();
    register(seen.telemetry);
    const instrumentation = new UndiciInstrumentation();
    onTestFinished(() => instrumentation.disable());
    instrumentation.setTracerProvider(seen.telemetry.tracerProvider);
    for (let n = 0; n < 2; n++) await (await undici5.request(`${server.url}/ok`)).body.text();
    await seen.settled(2);
    expect(server.requests.map((request) => timesOf(request, 'traceparent'))).toEqual([2, 1]);
  });

  it('of node:http has its header left alone', async () => {
    const server = await testServer();
    const { telemetry, ...seen } = observed();
    register(telemetry);
    const instrumentation = new HttpInstrumentation();
    onTestFinished(() => instrumentation.disable());
    instrumentation.setTracerProvider(telemetry.tracerProvider);
    const http = createRequire(import.meta.url)('node:http') as typeof import('node:http');
    await new Promise((resolve, reject) => {
      http.get(`${server.url}/ok`, (response) => textOf(response).then(resolve, reject));
    });
    await seen.settled(1);
    expect(timesOf(server.requests[0] as SeenRequest, 'traceparent')).toBe(1);
    expect((await seen.spans()).map(({ scope }) => scope.name).toSorted()).toEqual([
      '@opentelemetry/instrumentation-http',
      '@telltale/core',
    ]);
  });
});
