import { once } from 'node:events';
import http, { type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { createTelemetry, type HistogramPoint, type NumberPoint, type Telemetry, TelemetryError } from '@telltale/core';
import { ManualClock, memoryExporter } from '@telltale/testing';
import express5, { type RequestHandler } from 'express';
import express4 from 'express4';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ExpressTelemetryOptions, expressTelemetry, recordErrors } from './index.ts';
import {
  closeServers,
  countOf,
  listen,
  observed,
  quietTelemetry,
  recorded,
  versions,
} from './observed-app.test-support.ts';

afterEach(closeServers);

const ok: RequestHandler = (_req, res) => void res.send('ok');
const fail: RequestHandler = () => {
  throw new TypeError('failed');
};

describe.each(versions)('expressTelemetry in %s', (_name, express) => {
  it('records a request once, however often it is mounted', async () => {
    const { app, telemetry } = observed(express, (app) => {
      app.use(expressTelemetry(telemetry2));
      app.use('/api', expressTelemetry(telemetry2), express.Router().use(expressTelemetry(telemetry2)).get('/x', ok));
      app.use('/app', express().use(expressTelemetry(telemetry2)).get('/x', ok));
    });
    expect(await recorded({ app, telemetry }, '/api/x', '/app/x')).toEqual(['GET /api/x 200', 'GET /app/x 200']);
    expect([countOf(telemetry), countOf(telemetry2)]).toEqual([2, 0]);
  });
  const telemetry2 = quietTelemetry();

  it('does not record what skip says, and records what skip fails on', async () => {
    const app = observed(express, (app) => app.get(['/health', '/fails', '/x'], ok), {
      skip: (req) => {
        if (req.path === '/fails') throw new Error('skip failed');
        return req.path === '/health';
      },
    });
    const port = await listen(app.app);
    await fetch(`http://127.0.0.1:${port}/health?deep=1`);
    expect(await recorded(app, '/fails', '/x')).toEqual(['GET /fails 200', 'GET /x 200']);
    expect(countOf(app.telemetry)).toBe(2);
  });

  it('has one series for the files of a folder, or none when they are skipped', async () => {
    const build = (options?: ExpressTelemetryOptions) =>
      observed(express, (app) => app.use('/static', express.static(import.meta.dirname)), options);
    const urls = ['/static/index.ts', '/static/layer.ts?v=1', '/static/missing.ts', '/static'];
    const app = build();
    expect(await recorded(app, ...urls)).toEqual(['GET (no route) 404', 'GET /static 200', 'GET /static 301']);
    expect(countOf(app.telemetry)).toBe(4);
    const skipping = build({ skip: (req) => req.path.startsWith('/static/') });
    const port = await listen(skipping.app);
    for (const url of urls.slice(0, 3)) await (await fetch(`http://127.0.0.1:${port}${url}`)).text();
    expect(await recorded(skipping, '/other')).toEqual(['GET (no route) 404']);
    expect(countOf(skipping.telemetry)).toBe(1);
  });

  it('leaves everything as it is when requests are not observed', async () => {
    const telemetry = createTelemetry({
      service: { name: 'test' },
      operations: { disable: ['request'] },
      shutdown: { signals: false },
    });
    const methods: unknown[] = [];
    const app = express()
      .use(expressTelemetry(telemetry))
      .get('/', (_req, res) => {
        methods.push(Object.hasOwn(res, 'end'), res.listenerCount('close'));
        res.send('ok');
      });
    await fetch(`http://127.0.0.1:${await listen(app)}/`);
    expect(methods[0]).toBe(false);
    expect(telemetry.snapshot().metrics.filter(({ name }) => name.startsWith('http.'))).toEqual([]);
  });

  it('takes what Express itself answers with as it is', async () => {
    const app = observed(express, (app) => {
      app.get('/fails', fail);
      app.get('/refused', (_req, _res, next) => next(Object.assign(new Error('no'), { status: 400 })));
      app.get('/missing', (_req, _res, next) => next(Object.assign(new Error('no'), { status: 404 })));
      app.get('/code', (_req, _res, next) => next(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })));
      app.get('/late', (_req, _res, next) => void setImmediate(() => next(new RangeError('late'))));
    });
    expect(await recorded(app, '/fails', '/refused', '/missing', '/code', '/late')).toEqual([
      'GET /code 500 ECONNREFUSED',
      'GET /fails 500 TypeError',
      'GET /late 500 RangeError',
      'GET /missing 404',
      'GET /refused 400',
    ]);
  });

  it('goes along with middlewares that put themselves around write and end', async () => {
    const app = observed(express, (app) => {
      app.use((_req, res, next) => {
        const { end } = res;
        const held: string[] = [];
        res.write = ((text: string) => held.push(text) > 0) as typeof res.write;
        res.end = ((text?: string) =>
          end.call(res, [...held, text ?? ''].join('').toUpperCase(), 'utf8')) as typeof res.end;
        next();
      });
      app.get('/', (_req, res) => {
        res.write('one');
        res.end('two');
      });
    });
    const port = await listen(app.app);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('ONETWO');
    await vi.waitFor(() => expect(sumOf(app.telemetry, 'http.server.response.body.size')).toBe(6));
    expect(points(app.telemetry, 'http.server.stream.duration')).toEqual([]);
  });

  it('follows trust proxy for scheme and address, and lets no header make up a scheme', async () => {
    const memory = memoryExporter();
    const telemetry = createTelemetry({ service: { name: 'test' }, exporters: [memory], shutdown: { signals: false } });
    const app = express().set('trust proxy', true).use(expressTelemetry(telemetry)).get('/', ok);
    const port = await listen(app);
    for (const proto of ['https', 'gopher', 'HTTPS, http']) {
      const headers = { 'x-forwarded-proto': proto, 'x-forwarded-for': '203.0.113.7' };
      await fetch(`http://127.0.0.1:${port}/`, { headers });
    }
    await vi.waitFor(() => expect(countOf(telemetry)).toBe(3));
    await telemetry.flush();
    expect(memory.spans.map(({ attributes }) => [attributes['url.scheme'], attributes['client.address']])).toEqual([
      ['https', '203.0.113.7'],
      ['http', '203.0.113.7'],
      ['http', '203.0.113.7'],
    ]);
    await telemetry.shutdown();
  });

  it('puts query strings on spans only when told to', async () => {
    const memory = memoryExporter();
    const telemetry = createTelemetry({ service: { name: 'test' }, exporters: [memory], shutdown: { signals: false } });
    const app = express()
      .use(expressTelemetry(telemetry, { query: true }))
      .get('/', ok);
    const port = await listen(app);
    await fetch(`http://127.0.0.1:${port}/?a=1&b=2`);
    await fetch(`http://127.0.0.1:${port}/?`);
    await vi.waitFor(() => expect(countOf(telemetry)).toBe(2));
    await telemetry.flush();
    expect(memory.spans.map(({ attributes }) => attributes['url.query'])).toEqual(['a=1&b=2', undefined]);
    expect(memory.spans.map(({ attributes }) => attributes['url.path'])).toEqual(['/', '/']);
    await telemetry.shutdown();
  });

  it('takes a head that was only prepared for no first byte, and counts a response that ends twice once', async () => {
    const clock = new ManualClock();
    const telemetry = createTelemetry({ service: { name: 'test' }, clock, shutdown: { signals: false } });
    const { promise: prepared, resolve: isPrepared } = Promise.withResolvers<ServerResponse>();
    const app = express()
      .use(expressTelemetry(telemetry))
      .get('/', (_req, res) => isPrepared(res.writeHead(200, { 'content-length': 4 })));
    const asked = fetch(`http://127.0.0.1:${await listen(app)}/`);
    const response = await prepared;
    await clock.advance(2);
    response.end('four');
    response.end();
    expect(await (await asked).text()).toBe('four');
    response.emit('close');
    await vi.waitFor(() => expect(countOf(telemetry)).toBe(1));
    expect(sumOf(telemetry, 'http.server.request.duration')).toBe(2);
    expect(sumOf(telemetry, 'http.server.response.body.size')).toBe(4);
    expect(points<NumberPoint>(telemetry, 'http.server.active_requests').map(({ value }) => value)).toEqual([0]);
  });

  it('takes no 100 and no 102 for the first byte', async () => {
    const clock = new ManualClock();
    const telemetry = createTelemetry({ service: { name: 'test' }, clock, shutdown: { signals: false } });
    const { promise: asked, resolve: isAsked } = Promise.withResolvers<ServerResponse>();
    const app = express()
      .use(expressTelemetry(telemetry))
      .post('/', (_req, res) => {
        res.writeProcessing();
        isAsked(res);
      });
    const request = http.request({ port: await listen(app), method: 'POST', headers: { expect: '100-continue' } });
    const told: string[] = [];
    request.on('information', ({ statusCode }) => told.push(String(statusCode)));
    request.flushHeaders();
    const response = await asked;
    await vi.waitFor(() => expect(told).toContain('102'));
    await clock.advance(2);
    response.end('done');
    request.end();
    const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
    answer.resume();
    await vi.waitFor(() => expect(countOf(telemetry)).toBe(1));
    expect(told).toEqual(['100', '102']);
    expect([
      sumOf(telemetry, 'http.server.request.duration'),
      points(telemetry, 'http.server.stream.duration'),
    ]).toEqual([2, []]);
  });

  it('records nothing of CONNECT, which does not come to Express', async () => {
    const { app, telemetry } = observed(express, (app) => app.get('/', ok));
    const port = await listen(app);
    const request = http.request({ port, method: 'CONNECT', path: 'shop.example:443' }).end();
    await expect(once(request, 'connect')).rejects.toThrow();
    expect(await recorded({ app, telemetry }, '/')).toEqual(['GET / 200']);
    expect(points(telemetry, 'http.server.stream.duration')).toEqual([]);
  });

  it('counts compressed responses as they are sent', async () => {
    const text = 'the same again and again '.repeat(1000);
    const app = observed(express, (app) =>
      app.get('/', (_req, res) => {
        res.setHeader('content-encoding', 'gzip');
        Readable.from([text]).pipe(createGzip()).pipe(res);
      }),
    );
    const port = await listen(app.app);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe(text);
    await vi.waitFor(() => expect(countOf(app.telemetry)).toBe(1));
    expect(sumOf(app.telemetry, 'http.server.response.body.size')).toBeLessThan(1000);
  });

  it('takes no time that a slow client needs to read for time of the request', async () => {
    const clock = new ManualClock();
    const telemetry = createTelemetry({ service: { name: 'test' }, clock, shutdown: { signals: false } });
    const size = 50_000_000;
    const app = express()
      .use(expressTelemetry(telemetry))
      .get('/', (_req, res) => void res.send(Buffer.alloc(size)));
    const answer = await fetch(`http://127.0.0.1:${await listen(app)}/`);
    await clock.advance(5);
    expect(countOf(telemetry)).toBe(0);
    expect((await answer.arrayBuffer()).byteLength).toBe(size);
    await vi.waitFor(() => expect(countOf(telemetry)).toBe(1));
    expect(sumOf(telemetry, 'http.server.request.duration')).toBe(0);
    expect(sumOf(telemetry, 'http.server.response.body.size')).toBe(size);
  });

  it('takes no HEAD for a stream, though its handler writes', async () => {
    const app = observed(express, (app) => app.get('/', (_req, res) => void Readable.from(['a', 'b']).pipe(res)));
    expect(await recorded(app, 'HEAD /')).toEqual(['HEAD / 200']);
    expect(points(app.telemetry, 'http.server.stream.duration')).toEqual([]);
    expect(sumOf(app.telemetry, 'http.server.response.body.size')).toBe(0);
  });

  it('takes what is piped for a stream, and a source that fails for an error of the service', async () => {
    const app = observed(express, (app) => {
      app.get('/piped', (_req, res) => void Readable.from(['a', 'b']).pipe(res));
      app.get('/fails', (_req, res) => {
        res.write('a');
        res.destroy(new RangeError('the source failed'));
      });
    });
    const port = await listen(app.app);
    expect(await (await fetch(`http://127.0.0.1:${port}/piped`)).text()).toBe('ab');
    await expect(fetch(`http://127.0.0.1:${port}/fails`).then((got) => got.text())).rejects.toThrow();
    expect(await recorded(app)).toEqual(['GET /fails 500 RangeError', 'GET /piped 200']);
    expect(sumOf(app.telemetry, 'http.server.response.body.size')).toBe(2);
    expect(points<HistogramPoint>(app.telemetry, 'http.server.stream.duration').map(({ count }) => count)).toEqual([
      1, 1,
    ]);
  });
});

describe('expressTelemetry', () => {
  it('refuses what it cannot use, at once', () => {
    const telemetry = quietTelemetry();
    const attempts = [
      () => expressTelemetry(undefined as never),
      () => expressTelemetry(telemetry, { skp: () => true } as never),
      () => expressTelemetry(telemetry, { skip: '/health' } as never),
      () => expressTelemetry(telemetry, { query: 'yes' } as never),
      () => expressTelemetry(telemetry, { enrich: { tenant: 'x-tenant' } } as never),
    ];
    for (const attempt of attempts) expect(attempt).toThrow(TelemetryError);
    expect(attempts[1]).toThrow('Unknown option "expressTelemetry.skp"; did you mean "skip"?');
  });

  it('fits the types of both versions', () => {
    const telemetry = quietTelemetry();
    const skip5 = (request: express5.Request) => request.path === '/health';
    const skip4 = (request: express4.Request) => request.path === '/health';
    const enrich5 = { host: (request: express5.Request) => request.hostname };
    const enrich4 = { host: (request: express4.Request) => request.hostname };
    express5().use(expressTelemetry(telemetry, { skip: skip5, enrich: enrich5 }), recordErrors());
    express4().use(expressTelemetry(telemetry, { skip: skip4, enrich: enrich4 }), recordErrors());
    express5.Router().use('/x', expressTelemetry(telemetry));
    express4.Router().use('/x', expressTelemetry(telemetry));
  });

  it('sees rejections where Express does', async () => {
    const app = observed(express5, (app) => {
      app.get('/', async () => {
        await Promise.resolve();
        throw new RangeError('rejected');
      });
    });
    expect(await recorded(app, '/')).toEqual(['GET / 500 RangeError']);
  });
});

function points<P extends HistogramPoint | NumberPoint>(telemetry: Telemetry, name: string): readonly P[] {
  const metric = telemetry.snapshot().metrics.find((one) => one.name === name);
  return (metric?.points ?? []) as unknown as readonly P[];
}

function sumOf(telemetry: Telemetry, name: string): number {
  return points<HistogramPoint>(telemetry, name).reduce((total, { sum }) => total + sum, 0);
}
