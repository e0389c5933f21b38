import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isTracingSuppressed } from '@opentelemetry/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type HealthEndpoint, type HealthEndpointOptions, healthEndpoint, type Telemetry } from '../index.ts';
import { startProgram, testTelemetry, tracedTelemetry } from '../telemetry.test-support.ts';

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

type Get = (path: string, options?: { method?: string; headers?: Record<string, string> }) => Promise<Answer>;

/** A server of `node:http` that has nothing else. */
async function serving(endpoint: HealthEndpoint): Promise<Get> {
  const server = createServer((request, response) => endpoint(request, response));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return (path, { method = 'GET', headers = {} } = {}) =>
    new Promise((resolve, reject) => {
      const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers }, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        const text = Buffer.concat(chunks).toString();
        const body: unknown = text === '' ? undefined : JSON.parse(text);
        resolve({ status: response.statusCode, headers: response.headers, body });
      });
      sent.on('error', reject).end();
    });
}

async function served(options: HealthEndpointOptions = {}, all = testTelemetry()) {
  return { ...all, get: await serving(healthEndpoint(all.telemetry, options)) };
}

const fails = (message: string) => () => Promise.reject(new Error(message));
const never = (): Promise<never> => new Promise(() => {});

describe('healthEndpoint', () => {
  it('answers probes, which nothing may keep', async () => {
    const { get } = await served();
    for (const path of ['/health/live', '/health/ready', '/live', '/ready', '/health/ready/?a=b']) {
      const { status, headers, body } = await get(path);
      expect([path, status, body]).toEqual([path, 200, { status: 'ok' }]);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'content-type': 'application/json; charset=utf-8',
      });
    }
  });

  it('answers HEAD without a body, refuses other methods, and has nothing else below it', async () => {
    const { get } = await served();
    const head = await get('/health/ready', { method: 'HEAD' });
    expect([head.status, head.body, head.headers['content-length']]).toEqual([200, undefined, '16']);
    for (const method of ['POST', 'DELETE', 'OPTIONS']) {
      const refused = await get('/health/live', { method });
      expect([refused.status, refused.headers.allow]).toEqual([405, 'GET, HEAD']);
    }
    for (const path of ['/health/other', '/healthy', '/health/live/now', '/health//live', '/constructor']) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
  });

  it('is where it is told to be', async () => {
    const { get } = await served({ path: '/internal/health/' });
    expect((await get('/internal/health/ready')).status).toBe(200);
    expect((await get('/internal/health')).body).toMatchObject({ status: 'ok', telemetry: {} });
    expect((await get('/health/ready')).status).toBe(404);
  });

  it('leaves requests for other places to whoever is next', () => {
    const { telemetry } = testTelemetry();
    const endpoint = healthEndpoint(telemetry);
    const ask = (url: string, originalUrl?: string): number | 'next' => {
      let answer: number | 'next' = 0;
      const response = {
        headersSent: false,
        writeHead: (status: number) => {
          answer = status;
        },
        end: () => {},
      };
      endpoint({ method: 'GET', url, originalUrl, headers: {} }, response, () => {
        answer = 'next';
      });
      return answer;
    };
    expect(ask('/orders')).toBe('next');
    expect(ask('/live', '/live')).toBe('next');
    expect(ask('/health/live', '/health/live')).toBe(200);
    // A router has matched `/status`.
    expect(ask('/live', '/status/live')).toBe(200);
    expect(ask('/other', '/status/other')).toBe(404);
  });

  it('is not ready once the end has begun, and alive until it is over', async () => {
    const { get, telemetry } = await served({ checks: { db: () => {} } });
    const ended = telemetry.shutdown();
    expect(telemetry.isEnding).toBe(true);
    expect(await get('/health/ready')).toMatchObject({ status: 503, body: { status: 'ending' } });
    expect(await get('/health')).toMatchObject({ status: 503, body: { status: 'ending', checks: {} } });
    expect((await get('/health/live')).status).toBe(200);
    await ended;
    expect((await get('/health/ready')).status).toBe(503);
  });

  it('is not ready when the framework says that the service ends', async () => {
    let isEnding = false;
    const { get } = await served({ isEnding: () => isEnding });
    expect((await get('/health/ready')).status).toBe(200);
    isEnding = true;
    expect(await get('/health/ready')).toMatchObject({ status: 503, body: { status: 'ending' } });
  });

  it('is not ready from the moment that a signal comes, whoever ends the process at it', async () => {
    const PROGRAM = new URL('./health-program.test-support.ts', import.meta.url);
    const program = startProgram(PROGRAM, [], ['--no-warnings']);
    await program.wrote('200');
    program.kill('SIGTERM');
    const { output, errors, code } = await program.ended;
    expect([output, errors, code]).toEqual(['200\n503 200\n', '', 0]);
  });

  it('stays ready while exporters fail and the budget of series is used up', async () => {
    let isDown = true;
    const exportMetrics = async (): Promise<void> => {
      if (isDown) throw new Error('https://user:secret@collector:4318/v1/metrics?api_key=abc refused');
    };
    const { get, telemetry } = await served(
      {},
      testTelemetry({ exporters: [{ name: 'backend', exportMetrics }], cardinality: { perInstrument: 3 } }),
    );
    for (let customer = 0; customer < 10; customer++) telemetry.counter('orders').add(1, { customer });
    await telemetry.flush();
    expect(await get('/health/ready')).toMatchObject({ status: 200, body: { status: 'ok' } });
    const { status, body } = await get('/health');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'degraded',
      checks: {},
      telemetry: {
        status: 'degraded',
        exporters: [{ name: 'backend', lastError: { message: 'https://***@collector:4318/v1/metrics?*** refused' } }],
        cardinality: { overflows: [{ instrument: 'orders', attribute: 'customer' }] },
      },
    });
    isDown = false;
  });

  it('never throws, whatever it is asked for', async () => {
    const isEnding = (): never => {
      throw new Error('no idea');
    };
    const { get } = await served({ isEnding });
    expect(await get('/health/ready')).toMatchObject({ status: 500, body: { status: 'failing' } });
  });
});

describe('the detail', () => {
  const detailFor = async (detail: HealthEndpointOptions['detail'], headers: Record<string, string>) => {
    const { get } = await served({ ...(detail && { detail }) });
    const { status, body } = await get('/health', { headers });
    return [status, Object.keys(body as object)];
  };
  const SHORT = [200, ['status']];
  const LONG = [200, ['status', 'checks', 'telemetry']];

  it('is for those who ask from this machine', async () => {
    for (const host of ['localhost:3000', '127.0.0.1', '[::1]:80'])
      expect(await detailFor(undefined, { host })).toEqual(LONG);
  });

  it('is for nobody else: not by another name, nor by a proxy', async () => {
    for (const headers of [
      { host: 'checkout.example.com' },
      { host: 'localhost.example.com' },
      { host: '127.0.0.1.example.com' },
      { host: 'localhost', 'x-forwarded-for': '203.0.113.7' },
      { host: 'localhost', forwarded: 'for=203.0.113.7' },
      { host: 'localhost', via: '1.1 proxy' },
      { host: 'localhost', 'x-real-ip': '203.0.113.7' },
    ]) {
      expect([headers, await detailFor(undefined, headers)]).toEqual([headers, SHORT]);
    }
  });

  it('is for all, or for none, where that is asked for', async () => {
    expect(await detailFor('all', { host: 'checkout.example.com' })).toEqual(LONG);
    expect(await detailFor('none', { host: 'localhost' })).toEqual(SHORT);
  });

  it('is for none who come from elsewhere', () => {
    const { telemetry } = testTelemetry();
    for (const [remoteAddress, isShown] of [
      ['127.0.0.1', true],
      ['::1', true],
      ['::ffff:127.0.0.1', true],
      ['10.0.0.7', false],
      ['::ffff:10.0.0.7', false],
      ['127.0.0.1.example', false],
      [undefined, false],
    ] as const) {
      expect([remoteAddress, shows(telemetry, remoteAddress)]).toEqual([remoteAddress, isShown]);
    }
  });

  function shows(telemetry: Telemetry, remoteAddress: string | undefined): Promise<boolean> | boolean {
    let text = '';
    const response = {
      headersSent: false,
      writeHead: () => {},
      end: (body = '') => {
        text = body;
      },
    };
    const socket = { remoteAddress };
    // Ended: then no check is waited for.
    const endpoint = healthEndpoint(telemetry, { isEnding: () => true });
    endpoint({ method: 'GET', url: '/health', headers: { host: 'localhost' }, socket }, response);
    return text.includes('telemetry');
  }
});

describe('checks', () => {
  it('make the service unready while one throws, rejects or gives false', async () => {
    const { get, clock } = await served({
      checks: {
        db: () => 'anything',
        queue: fails('redis://:p@ss/word@queue:6379 is gone'),
        cache: () => false,
        disk: () => {
          throw new Error('full');
        },
      },
    });
    expect(await get('/health/ready')).toMatchObject({ status: 503, body: { status: 'failing' } });
    expect(await get('/health')).toMatchObject({
      status: 503,
      body: {
        status: 'failing',
        checks: {
          db: { status: 'ok', seconds: 0 },
          queue: { status: 'failing', error: 'redis://***@queue:6379 is gone' },
          cache: { status: 'failing', error: 'it gave false' },
          disk: { status: 'failing', error: 'full' },
        },
        telemetry: { status: 'ok' },
      },
    });
    clock.advance(1);
    expect((await get('/health/live')).status).toBe(200);
  });

  it('are not asked while the answer is less than a second old, and are ready again after it', async () => {
    let calls = 0;
    let isDown = true;
    const db = (): boolean => {
      calls++;
      return !isDown;
    };
    const { get, clock } = await served({ checks: { db } });
    expect((await get('/health/ready')).status).toBe(503);
    isDown = false;
    clock.advance(0.9);
    expect((await get('/health/ready')).status).toBe(503);
    expect(calls).toBe(1);
    clock.advance(0.2);
    expect((await get('/health/ready')).status).toBe(200);
    expect(calls).toBe(2);
  });

  it('are asked once for all who ask at the same time', async () => {
    let calls = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const db = (): Promise<void> => {
      calls++;
      return promise;
    };
    const { get } = await served({ checks: { db }, timeout: 60 });
    const answers = Promise.all(Array.from({ length: 20 }, () => get('/health/ready')));
    await get('/health/live');
    resolve();
    expect((await answers).map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(calls).toBe(1);
  });

  it('fail when they take too long, are told so, and are not asked again before they have ended', async () => {
    const signals: AbortSignal[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const db = (signal: AbortSignal): Promise<void> => {
      signals.push(signal);
      return promise;
    };
    const { get, clock } = await served({ checks: { db, other: () => {} }, timeout: 0.001 });
    const error = async () => ((await get('/health')).body as { checks: { db: { error: string } } }).checks.db.error;
    expect(await error()).toBe('it took longer than 0.001 s');
    expect(signals[0]?.aborted).toBe(true);
    clock.advance(2);
    expect(await error()).toBe('an earlier run of it has still not ended');
    expect(signals).toHaveLength(1);
    resolve();
    await promise;
    clock.advance(2);
    expect((await get('/health/ready')).status).toBe(200);
    expect(signals).toHaveLength(2);
  });

  it('are told when their time is over, and may then give up', async () => {
    const db = (signal: AbortSignal): Promise<never> =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const { get, clock } = await served({ checks: { db }, timeout: 0.001 });
    expect((await get('/health/ready')).status).toBe(503);
    clock.advance(2);
    expect(await get('/health')).toMatchObject({ body: { checks: { db: { error: 'it took longer than 0.001 s' } } } });
  });

  it('are part of no trace', async () => {
    const all = tracedTelemetry();
    const suppressed: boolean[] = [];
    const db = () => void suppressed.push(isTracingSuppressed(all.telemetry.activeContext()));
    const endpoint = healthEndpoint(all.telemetry, { checks: { db } });
    const get = await serving((...given) => all.telemetry.span('probe', () => endpoint(...given)));
    await get('/health/ready');
    expect(suppressed).toEqual([true]);
  });

  it('do not keep an answer for a client that has gone', async () => {
    const { telemetry } = testTelemetry();
    const written: unknown[] = [];
    const response = { headersSent: false, destroyed: true, writeHead: written.push, end: written.push };
    healthEndpoint(telemetry)({ method: 'GET', url: '/health/ready', headers: {} }, response);
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toEqual([]);
  });
});

describe('options', () => {
  const telemetry = { health: () => {}, monotonic: () => 0 } as unknown as Telemetry;
  it.each([
    [{ check: {} }, 'Unknown option "healthEndpoint.check"; did you mean "checks"?'],
    [{ checks: 'db' }, '"checks" of healthEndpoint is db; give an object of functions'],
    [{ checks: { db: true } }, 'The check "db" of healthEndpoint is of type boolean; give a function'],
    [{ timeout: 0 }, '"timeout" of healthEndpoint is 0; give seconds above 0, up to 60'],
    [{ timeout: Number.NaN }, '"timeout" of healthEndpoint is NaN'],
    [{ timeout: 61 }, '"timeout" of healthEndpoint is 61'],
    [{ detail: true }, '"detail" of healthEndpoint is true; give "local", "all" or "none".'],
    [{ path: 'health' }, '"path" of healthEndpoint is "health"; give one that begins with a slash'],
    [{ isEnding: false }, '"isEnding" of healthEndpoint is of type boolean; give a function.'],
  ])('that are wrong are refused: %o', (options, message) => {
    expect(() => healthEndpoint(telemetry, options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(message) }),
    );
  });

  it('come after a telemetry', () => {
    expect(() => healthEndpoint(undefined as never)).toThrow('healthEndpoint needs a telemetry');
  });
});

it('a check that never ends does not keep the process alive', () => {
  // The timer is not counted among what Node waits for.
  const { telemetry } = testTelemetry();
  const endpoint = healthEndpoint(telemetry, { checks: { never }, timeout: 60 });
  const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  endpoint(
    { method: 'GET', url: '/health/ready', headers: {} },
    { headersSent: false, writeHead: () => {}, end: () => {} },
  );
  expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length).toBe(before);
});
