import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { exchangeOf, type HistogramPoint } from '../index.ts';
import { pointsOf, seriesOf, testTelemetry, totalOf, tracedTelemetry } from '../telemetry.test-support.ts';
import { type Handler, observedHttp2Server, observedServer, rawConnection } from './observed-server.test-support.ts';

const DURATION = 'http.server.request.duration';
const series = (status: number, error?: string) =>
  `{${error === undefined ? '' : `error.type=${error},`}http.request.method=GET,http.response.status_code=${status},http.route=/things/:id,url.scheme=http}`;

describe('an exchange', () => {
  it('is known of its response, and of no other', async () => {
    const { telemetry } = testTelemetry();
    const known: unknown[] = [];
    const skip = ({ url }: IncomingMessage) => url === '/things/2';
    const handler: Handler = (_request, response) => {
      known.push(exchangeOf(response)?.method);
      response.end();
    };
    const { port } = await observedServer(telemetry, handler, { skip });
    await fetch(`http://127.0.0.1:${port}/things/1`);
    await fetch(`http://127.0.0.1:${port}/things/2`);
    expect(known).toEqual(['GET', undefined]);
    expect(seriesOf(telemetry, DURATION)).toEqual({ [series(200)]: 1 });
  });

  it('records what skip fails on, and tells so once', async () => {
    const { telemetry, problems } = testTelemetry();
    const skip = () => {
      throw new RangeError('no idea');
    };
    const { port } = await observedServer(telemetry, (_request, response) => response.end(), { skip });
    await fetch(`http://127.0.0.1:${port}/things/1`);
    await fetch(`http://127.0.0.1:${port}/things/2`);
    await vi.waitFor(() => expect(seriesOf(telemetry, DURATION)).toEqual({ [series(200)]: 2 }));
    expect(problems.map(({ message }) => message)).toEqual([
      '"skip" of observedServer failed, and the request is recorded: no idea',
    ]);
  });

  it('counts only what the client gets when a response is ended twice, or in a way that throws', async () => {
    const { telemetry } = testTelemetry();
    const { port } = await observedServer(telemetry, (_request, response) => {
      response.on('error', () => {});
      expect(() => response.end({ no: 'chunk' } as never)).toThrow(TypeError);
      response.end('right');
      response.end('and more');
      response.write('after the end');
    });
    expect(await (await fetch(`http://127.0.0.1:${port}/things/1`)).text()).toBe('right');
    await vi.waitFor(() => expect(seriesOf(telemetry, DURATION)).toEqual({ [series(200)]: 1 }));
    expect((pointsOf(telemetry, 'http.server.response.body.size')[0] as HistogramPoint).sum).toBe(5);
  });

  it('knows the path of a request that names the host as well, and no query string unless asked', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const { port } = await observedServer(telemetry, (_request, response) => response.end());
    rawConnection(port, 'GET http://shop.example/things/1?secret=1 HTTP/1.1\r\nhost: shop.example\r\n\r\n');
    await vi.waitFor(() => expect(totalOf(telemetry, DURATION)).toBe(1));
    const [span] = await finished();
    expect(span?.attributes).toMatchObject({ 'url.path': '/things/1', 'http.route': '/things/:id' });
    expect(span?.attributes).not.toHaveProperty('url.query');
  });
});

describe('exchanges of requests that were sent at once', () => {
  const GET = 'GET /things/1 HTTP/1.1\r\nhost: test\r\n\r\n';

  it('end with their connection, however many wait for their turn', async () => {
    const { telemetry } = testTelemetry();
    const warnings: Error[] = [];
    const warned = (warning: Error) => void warnings.push(warning);
    process.on('warning', warned);
    onTestFinished(() => void process.off('warning', warned));
    const { port } = await observedServer(telemetry, () => {});
    const { socket } = rawConnection(port, GET.repeat(30));
    await vi.waitFor(() => expect(totalOf(telemetry, 'http.server.active_requests')).toBe(30));
    socket.destroy();
    await vi.waitFor(() => expect(seriesOf(telemetry, DURATION)).toEqual({ [series(499, 'client_abort')]: 30 }));
    expect(totalOf(telemetry, 'http.server.active_requests')).toBe(0);
    expect(warnings).toEqual([]);
  });

  it('are recorded once each when all are answered, and only the rest ends with the connection', async () => {
    const { telemetry } = testTelemetry();
    const held: ServerResponse[] = [];
    const { port } = await observedServer(telemetry, (_request, response) => void held.push(response));
    const { socket, answer } = rawConnection(port, GET.repeat(5));
    await vi.waitFor(() => expect(held).toHaveLength(5));
    // Not in their order: Node sends them in it.
    for (const at of [2, 0, 1]) held[at]?.end(`answer ${at}`);
    await vi.waitFor(() => expect(answer()).toContain('answer 2'));
    await vi.waitFor(() => expect(seriesOf(telemetry, DURATION)).toEqual({ [series(200)]: 3 }));
    socket.destroy();
    await vi.waitFor(() =>
      expect(seriesOf(telemetry, DURATION)).toEqual({ [series(200)]: 3, [series(499, 'client_abort')]: 2 }),
    );
    expect(totalOf(telemetry, 'http.server.active_requests')).toBe(0);
  });
});

describe('an exchange over HTTP/2', () => {
  async function session(handler: Handler) {
    const all = testTelemetry();
    const client = connect(`http://127.0.0.1:${await observedHttp2Server(all.telemetry, handler)}`);
    client.on('error', () => {});
    onTestFinished(() => client.destroy());
    return { ...all, client };
  }

  function get(client: ClientHttp2Session, path: string) {
    const stream = client.request({ ':path': path });
    stream.on('error', () => {});
    stream.end();
    return stream;
  }

  it('is recorded as one over HTTP/1', async () => {
    const { telemetry, client } = await session((_request, response) => response.end('body'));
    for await (const chunk of get(client, '/things/1')) expect(String(chunk)).toBe('body');
    for await (const _ of get(client, '/nothing'));
    await vi.waitFor(() => expect(totalOf(telemetry, DURATION)).toBe(2));
    expect(seriesOf(telemetry, DURATION)).toEqual({
      [series(200)]: 1,
      [series(200).replace('/things/:id', '(no route)')]: 1,
    });
    expect(pointsOf(telemetry, 'http.server.response.body.size')).toMatchObject([{ sum: 4 }, { sum: 4 }]);
    expect(totalOf(telemetry, 'http.server.active_requests')).toBe(0);
  });

  it('is 499 when its client takes it back or goes away, and 500 when the service breaks it off', async () => {
    const held: ServerResponse[] = [];
    const { telemetry, client } = await session((_request, response) => {
      held.push(response);
      response.on('error', () => {});
      response.write('begun');
    });
    const cancelled = get(client, '/things/1');
    await new Promise((resolve) => cancelled.once('data', resolve));
    cancelled.close(constants.NGHTTP2_CANCEL);
    await vi.waitFor(() => expect(seriesOf(telemetry, DURATION)).toEqual({ [series(499, 'client_abort')]: 1 }));

    const broken = get(client, '/things/2');
    await new Promise((resolve) => broken.once('data', resolve));
    held[1]?.destroy(new RangeError('broken'));
    await vi.waitFor(() => expect(seriesOf(telemetry, DURATION)).toMatchObject({ [series(500, 'RangeError')]: 1 }));

    const left = get(client, '/things/3');
    await new Promise((resolve) => left.once('data', resolve));
    client.destroy();
    await vi.waitFor(() => expect(seriesOf(telemetry, DURATION)).toMatchObject({ [series(499, 'client_abort')]: 2 }));
    expect(totalOf(telemetry, 'http.server.active_requests')).toBe(0);
  });
});
