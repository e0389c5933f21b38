import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import type { Metric, MetricReader } from '@telltale/core';
import { decodeMetricFamilies } from '@telltale-internal/backends';
import express from 'express';
import { afterEach, expect, test } from 'vitest';
import { parseExposition } from './exposition.test-support.ts';
import { type PrometheusExporter, prometheus } from './index.ts';
import {
  type FakeSource,
  numbers,
  OPENMETRICS,
  PROTOBUF,
  readerOf,
  sourceOf,
  sourceOfReaders,
} from './source.test-support.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function started(source: FakeSource): Promise<PrometheusExporter> {
  const exporter = prometheus({ targetInfo: false });
  await exporter.start?.(source);
  return exporter;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

async function ask(
  port: number,
  headers: Record<string, string> = {},
  method = 'GET',
  path = '/metrics',
): Promise<Answer> {
  const request = httpRequest({ port, host: '127.0.0.1', method, path, headers, agent: false }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const body = Buffer.concat(await response.toArray());
  return { status: response.statusCode, headers: response.headers, body };
}

const few = [numbers('counter', 'orders', [[{ plan: 'pro' }, 1]])];
const FEW = '# TYPE orders_total counter\norders_total{plan="pro"} 1\n';
/** About 4 MB, more than what sockets hold back. */
const many: readonly Metric[] = [
  numbers(
    'counter',
    'orders',
    Array.from({ length: 50_000 }, (_, i) => [{ route: `/${'x'.repeat(50)}/${i}` }, i] as const),
  ),
];

test('a scrape says its type and length', async () => {
  const port = await serve((await started(sourceOf(few))).handler);
  const answer = await ask(port);
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({
    'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    'content-length': String(FEW.length),
  });
  expect(answer.headers).not.toHaveProperty('content-encoding');
  expect(answer.body.toString()).toBe(FEW);
});

test('a scrape is in OpenMetrics when it is asked for', async () => {
  const port = await serve((await started(sourceOf(few))).handler);
  const answer = await ask(port, { accept: OPENMETRICS });
  expect(answer.headers['content-type']).toBe(
    'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
  );
  expect(answer.body.toString()).toMatch(/# EOF\n$/);
});

test('a scrape is in protobuf when it is asked for, and what it depends on is told', async () => {
  const port = await serve((await started(sourceOf(many))).handler);
  const answer = await ask(port, { accept: PROTOBUF });
  expect(answer.headers).toMatchObject({
    'content-type':
      'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores',
    vary: 'Accept, Accept-Encoding',
  });
  const [family] = decodeMetricFamilies(answer.body);
  expect(family!.metric).toHaveLength(50_000);
  const zipped = await ask(port, { accept: PROTOBUF, 'accept-encoding': 'gzip' });
  expect(gunzipSync(zipped.body).equals(answer.body)).toBe(true);
});

test('a scrape is gzipped when that is allowed', async () => {
  const port = await serve((await started(sourceOf(many))).handler);
  const plain = await ask(port);
  const zipped = await ask(port, { 'accept-encoding': 'gzip' });
  expect(zipped.headers['content-encoding']).toBe('gzip');
  expect(zipped.body.length).toBeLessThan(plain.body.length / 5);
  expect(gunzipSync(zipped.body).equals(plain.body)).toBe(true);
});

test('HEAD has the headers and no body, and nothing is read for it', async () => {
  const source = sourceOf(many);
  const port = await serve((await started(source)).handler);
  const answer = await ask(port, { accept: OPENMETRICS, 'accept-encoding': 'gzip' }, 'HEAD');
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({
    'content-type': 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
    'content-encoding': 'gzip',
  });
  expect(answer.body).toHaveLength(0);
  expect(source.opened).toBe(0);
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is refused', async (method) => {
  const port = await serve((await started(sourceOf(few))).handler);
  const answer = await ask(port, {}, method);
  expect(answer.status).toBe(405);
  expect(answer.headers.allow).toBe('GET, HEAD');
});

test('before start and after shutdown, a scrape is answered with what is wrong', async () => {
  const exporter = prometheus();
  const port = await serve(exporter.handler);
  const before = await ask(port);
  expect([before.status, before.body.toString()]).toEqual([
    503,
    'Telltale is not running yet: give this exporter to createTelemetry({ exporters: [...] })\n',
  ]);
  await expect(exporter.render()).rejects.toThrow('not running yet');
  await exporter.start?.(sourceOf(few));
  expect((await ask(port)).status).toBe(200);
  await exporter.shutdown?.();
  const after = await ask(port);
  expect([after.status, after.body.toString()]).toEqual([503, 'Telltale has been shut down\n']);
});

test('the handler is a route of Express', async () => {
  const { handler } = await started(sourceOf(few));
  const app = express();
  app.get('/metrics', handler);
  const port = await serve(app);
  expect((await ask(port)).body.toString()).toBe(FEW);
  expect((await ask(port, {}, 'HEAD')).status).toBe(200);
  expect((await ask(port, {}, 'GET', '/other')).status).toBe(404);
});

test('the handler takes the wrappers of Fastify, and tells it to keep out', async () => {
  const { handler } = await started(sourceOf(few));
  const hijacked: string[] = [];
  const port = await serve((request, response) => {
    handler({ raw: request, headers: request.headers, method: 'GET' } as { raw: typeof request }, {
      raw: response,
      hijack: () => hijacked.push('hijacked'),
    });
  });
  expect((await ask(port)).body.toString()).toBe(FEW);
  expect(hijacked).toEqual(['hijacked']);
});

test('a failing source gives a 500 with one line, and is told', async () => {
  const source: FakeSource = { ...sourceOf(few), open: () => Promise.reject(new Error('no\nluck')) };
  const port = await serve((await started(source)).handler);
  const answer = await ask(port);
  expect([answer.status, answer.body.toString()]).toEqual([500, 'The metrics could not be rendered: no luck\n']);
  expect(source.problems).toEqual(['a scrape failed: no\nluck']);
});

test('a failure after streaming has begun breaks the connection, so that nobody takes half a scrape for a whole one', async () => {
  const readers = many.map(readerOf) as MetricReader[];
  const bad = { ...readerOf(few[0]!), unit: Symbol('bad') } as unknown as MetricReader;
  const source = sourceOfReaders(readers);
  const exporter = await started(source);
  // Planning reads names in slices of 64: the first ones pass.
  Object.assign(source, { open: async () => [...readers, bad] });
  const port = await serve(exporter.handler);
  const failure = await ask(port).then(
    ({ status }) => status,
    (error: NodeJS.ErrnoException) => error.code,
  );
  expect([500, 'ECONNRESET']).toContain(failure);
  expect(source.problems).toHaveLength(1);
});

test('scrapes at the same time share the work, and each is whole', async () => {
  const source = sourceOf(many);
  const port = await serve((await started(source)).handler);
  const answers = await Promise.all([
    ask(port),
    ask(port),
    ask(port, { 'accept-encoding': 'gzip' }),
    ask(port, { accept: OPENMETRICS }),
  ]);
  expect(source.opened).toBe(2);
  const [first, second, zipped, openMetrics] = answers.map(({ body }) => body);
  expect(second!.equals(first!)).toBe(true);
  expect(gunzipSync(zipped!).equals(first!)).toBe(true);
  expect(parseExposition(openMetrics!.toString(), true)[0]!.samples).toHaveLength(50_000);
});

test('a later scrape is a new one', async () => {
  const source = sourceOf(few);
  const port = await serve((await started(source)).handler);
  await ask(port);
  await ask(port);
  expect(source.opened).toBe(2);
});

/** A source without end: a scrape of it stops only when it is stopped. */
function endless(): { readonly source: FakeSource; read(): number } {
  let read = 0;
  const points = function* () {
    for (;;) {
      const attributes = Object.freeze({ route: `/${'x'.repeat(50)}/${read++}` });
      yield { attributes, startTime: 0, time: 0, value: read };
    }
  };
  // The first look at a family would never end; a second reader of a known one is not looked at again.
  const known = readerOf(few[0]!);
  let opened = 0;
  const reader = {
    ...known,
    read: () => (opened++ < 2 ? (known.read() as ReturnType<typeof points>) : points()),
  } as MetricReader;
  return { source: sourceOfReaders([reader]), read: () => read };
}

test.each([{}, { 'accept-encoding': 'gzip' }])(
  'a client that goes away stops the work (%o)',
  async (headers: Record<string, string>) => {
    const { source, read } = endless();
    const port = await serve((await started(source)).handler);
    await ask(port);
    const request = httpRequest({ port, host: '127.0.0.1', path: '/metrics', headers, agent: false }).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response, 'data');
    request.destroy();
    await settled(read);
    expect(source.problems).toEqual([]);
  },
);

test('a client that does not read stops the work until it does', async () => {
  const { source, read } = endless();
  const port = await serve((await started(source)).handler);
  await ask(port);
  const request = httpRequest({ port, host: '127.0.0.1', path: '/metrics', agent: false }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.pause();
  await settled(read);
  const before = read();
  response.resume();
  while (read() === before) await nextTurn();
  request.destroy();
  await settled(read);
});

/** Waits until nothing is read any more. */
async function settled(read: () => number): Promise<void> {
  for (let last = -1; last !== read(); await sleep(50)) last = read();
}

test('a client that goes away while a family is looked at for the first time stops the work as well', async () => {
  let read = 0;
  const points = function* () {
    for (;;) yield { attributes: Object.freeze({ n: read++ }), startTime: 0, time: 0, value: 1 };
  };
  const source = sourceOfReaders([{ ...readerOf(few[0]!), read: points } as unknown as MetricReader]);
  const port = await serve((await started(source)).handler);
  const request = httpRequest({ port, host: '127.0.0.1', path: '/metrics', agent: false }).end();
  request.on('error', () => {});
  while (read === 0) await nextTurn();
  request.destroy();
  await settled(() => read);
});

test('what has been sent is let go, however long the scrape', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const { source } = endless();
  const port = await serve((await started(source)).handler);
  await ask(port);
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  const request = httpRequest({ port, host: '127.0.0.1', path: '/metrics', agent: false }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let received = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    received += chunk.length;
    if (received > 40e6) break;
  }
  collectGarbage();
  // Some is on its way in buffers of both ends.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(15e6);
});
