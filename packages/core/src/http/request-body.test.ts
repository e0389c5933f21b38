import type { IncomingMessage } from 'node:http';
import { connect } from 'node:http2';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { HistogramPoint } from '../index.ts';
import { pointsOf, testTelemetry, totalOf } from '../telemetry.test-support.ts';
import { type Handler, observedHttp2Server, observedServer, rawConnection } from './observed-server.test-support.ts';

const SIZE = 'http.server.request.body.size';
const CHUNKED = 'POST /things/1 HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n';

/** What is recorded of a request with these bytes: how many bodies there were, the bytes of them, the status. */
async function recorded(handler: Handler, ...sent: readonly string[]) {
  const { telemetry } = testTelemetry();
  const { port } = await observedServer(telemetry, handler);
  const { socket } = rawConnection(port, '');
  for (const part of sent) {
    socket.write(part, 'latin1');
    await new Promise((resolve) => setImmediate(resolve));
  }
  await vi.waitFor(() => expect(totalOf(telemetry, 'http.server.request.duration')).toBe(1));
  return pointsOf(telemetry, SIZE).map((point) => (point as HistogramPoint).sum);
}

const read: Handler = async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  response.end(Buffer.concat(chunks));
};

describe('the size of a request body', () => {
  it('is its Content-Length, whatever the service does with it', async () => {
    const message = 'POST /things/1 HTTP/1.1\r\nhost: test\r\ncontent-length: 5\r\n\r\nhello';
    expect(await recorded(read, message)).toEqual([5]);
    expect(await recorded((_request, response) => response.end(), message)).toEqual([5]);
  });

  it('is not recorded of a request without a body', async () => {
    expect(await recorded(read, 'GET /things/1 HTTP/1.1\r\nhost: test\r\n\r\n')).toEqual([]);
  });

  it('is what came in when it comes in chunks, of which trailers and extensions are no part', async () => {
    expect(
      await recorded(read, CHUNKED, '5;x=1\r\nhello\r\n', '3\r\n\xe2\x82\xac\r\n', '0\r\nx-sum: 8\r\n\r\n'),
    ).toEqual([8]);
    expect(await recorded(read, CHUNKED, '0\r\n\r\n')).toEqual([0]);
  });

  it('counts bytes and not characters, whichever way they are read', async () => {
    const chunks = ['8\r\n\xe2\x82\xac\xe2\x82', '\xacab\r\n0\r\n\r\n'];
    const texts: string[] = [];
    const byEvents: Handler = (request, response) => {
      request.setEncoding('utf8');
      request.on('data', (text: string) => texts.push(text));
      request.on('end', () => response.end());
    };
    const byPipe: Handler = (request, response) => request.pipe(response);
    const paused: Handler = (request, response) => {
      request.on('readable', () => {
        while (request.read(1) !== null);
      });
      request.on('end', () => response.end());
    };
    for (const handler of [byEvents, byPipe, paused]) expect(await recorded(handler, CHUNKED, ...chunks)).toEqual([8]);
    expect(texts.join('')).toBe('€€ab');
  });

  it('is what had come when nobody reads it, and the body does not flow for it', async () => {
    const seen: unknown[] = [];
    const ignoring: Handler = (request: IncomingMessage, response) => {
      setImmediate(() => {
        seen.push(request.readableFlowing, request.readableLength);
        response.end();
      });
    };
    expect(await recorded(ignoring, `${CHUNKED}5\r\nhello\r\n`)).toEqual([5]);
    expect(seen).toEqual([null, 5]);
  });

  it('is what had come when the client goes away', async () => {
    const { telemetry } = testTelemetry();
    const { promise: came, resolve } = Promise.withResolvers<void>();
    const { port } = await observedServer(telemetry, (request) => {
      request.on('data', () => resolve());
      request.on('error', () => {});
    });
    const { socket } = rawConnection(port, `${CHUNKED}5\r\nhello\r\nff\r\n`);
    await came;
    socket.destroy();
    await vi.waitFor(() => expect(totalOf(telemetry, SIZE)).toBe(1));
    expect(pointsOf(telemetry, SIZE)[0]).toMatchObject({
      sum: 5,
      attributes: { 'http.response.status_code': 499, 'error.type': 'client_abort' },
    });
  });

  it('is counted with HTTP/2, which says nothing of a length', async () => {
    const { telemetry } = testTelemetry();
    const session = connect(`http://127.0.0.1:${await observedHttp2Server(telemetry, read)}`);
    onTestFinished(() => session.destroy());
    for (const body of [undefined, 'hello', '€'.repeat(50_000)]) {
      const request = session.request({ ':path': '/things/1', ':method': body === undefined ? 'GET' : 'POST' });
      request.end(body);
      let bytes = 0;
      for await (const chunk of request) bytes += (chunk as Buffer).byteLength;
      expect(bytes).toBe(Buffer.byteLength(body ?? ''));
    }
    await vi.waitFor(() => expect(totalOf(telemetry, 'http.server.request.duration')).toBe(3));
    expect(pointsOf(telemetry, SIZE)).toMatchObject([{ count: 2, sum: 150_005 }]);
    expect(pointsOf(telemetry, 'http.server.response.body.size')).toMatchObject([{ sum: 0 }, { sum: 150_005 }]);
  });
});
