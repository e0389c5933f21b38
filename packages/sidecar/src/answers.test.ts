import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { counterRequest, runningSidecar } from './running-sidecar.test-support.ts';

const SHOP = { 'service.name': 'shop' };

async function post(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
) {
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}

const ONE = JSON.stringify(counterRequest(SHOP, 'orders', [{ value: 1 }]));

describe('an answer', () => {
  it('is empty and in the encoding of the request when all was taken', async () => {
    const { url } = await runningSidecar();
    const json = await post(`${url}/v1/metrics`, ONE);
    expect([json.status, json.headers.get('content-type'), json.body.toString()]).toEqual([
      200,
      'application/json',
      '{}',
    ]);
    const empty = await post(`${url}/v1/traces`, new Uint8Array(), { 'content-type': 'application/x-protobuf' });
    expect([empty.status, empty.headers.get('content-type'), empty.body.length]).toEqual([
      200,
      'application/x-protobuf',
      0,
    ]);
  });

  it('says how much of the request was rejected, and why', async () => {
    const { send, sidecar, problems } = await runningSidecar();
    const request = counterRequest(SHOP, 'orders', [{ value: 1 }, { value: 2, attributes: { plan: 'pro' } }]);
    const [metric] = (
      request as { resourceMetrics: [{ scopeMetrics: [{ metrics: { sum: { dataPoints: object[] } }[] }] }] }
    ).resourceMetrics[0].scopeMetrics[0].metrics;
    metric?.sum.dataPoints.push({ timeUnixNano: '1', attributes: [] });
    expect(await send('/v1/metrics', request)).toEqual({
      status: 200,
      body: { partialSuccess: { rejectedDataPoints: '1', errorMessage: '1 rejected: a point has no value' } },
    });
    expect(sidecar.health().items.metrics).toEqual({ accepted: 2, rejected: 1, repeated: 0 });
    expect(problems).toEqual(['Of the metrics that were received, 1 rejected: a point has no value.']);
  });

  it('says that logs are not kept', async () => {
    const { send } = await runningSidecar();
    const { status, body } = await send('/v1/logs', {
      resourceLogs: [
        { scopeLogs: [{ logRecords: [{ body: { stringValue: 'hello' } }, { body: { stringValue: 'you' } }] }] },
      ],
    });
    expect([status, body]).toMatchObject([200, { partialSuccess: { rejectedLogRecords: '2' } }]);
    expect(JSON.stringify(body)).toContain('OTEL_LOGS_EXPORTER=none');
  });

  it.each([
    ['not JSON', '{', { 'content-type': 'application/json' }, 400, 'no JSON'],
    ['not OTLP', '{"resourceMetrics":5}', { 'content-type': 'application/json' }, 400, 'resourceMetrics is no list'],
    ['nested without end', '['.repeat(1e6), { 'content-type': 'application/json' }, 400, 'no JSON'],
    ['of no known type', ONE, { 'content-type': 'text/plain' }, 415, 'text/plain'],
    ['packed in another way', ONE, { 'content-type': 'application/json', 'content-encoding': 'br' }, 415, 'gzip'],
    ['said to be packed', ONE, { 'content-type': 'application/json', 'content-encoding': 'gzip' }, 400, 'no gzip'],
    ['too large', `"${' '.repeat(2000)}"`, { 'content-type': 'application/json' }, 413, 'more than 1000 bytes'],
  ] as const)('to a request that is %s is a google.rpc.Status', async (_, body, headers, status, message) => {
    const { url } = await runningSidecar(status === 413 ? { limits: { bodyBytes: 1000 } } : {});
    const answer = await post(`${url}/v1/metrics`, body, headers);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(JSON.parse(answer.body.toString())).toMatchObject({ code: 3, message: expect.stringContaining(message) });
  });

  it('to protocol buffers that are none is in protocol buffers', async () => {
    const { url } = await runningSidecar();
    const answer = await post(`${url}/v1/metrics`, Buffer.from([0xff, 0xff, 0xff]), {
      'content-type': 'application/x-protobuf',
    });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/x-protobuf']);
    // google.rpc.Status: field 1 is the code, field 2 the message.
    expect([...answer.body.subarray(0, 3)]).toEqual([0x08, 3, 0x12]);
  });

  it('to another method than POST names it', async () => {
    const { url } = await runningSidecar();
    const response = await fetch(`${url}/v1/metrics`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('to what is not there is 404', async () => {
    const { url } = await runningSidecar();
    expect((await post(`${url}/v1/profiles`, '{}')).status).toBe(404);
  });
});

describe('a packed request', () => {
  it('is unpacked', async () => {
    const { url, scrape } = await runningSidecar();
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect((await post(`${url}/v1/metrics`, gzipSync(ONE), headers)).status).toBe(200);
    expect(Object.values(await scrape(/orders/))).toEqual([1]);
  });

  it('that unpacks to more than a request may have is refused before it has', async () => {
    const { url } = await runningSidecar({ limits: { bodyBytes: 1e6 } });
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const bomb = gzipSync(Buffer.alloc(100e6));
    expect(bomb.length).toBeLessThan(1e6);
    expect((await post(`${url}/v1/metrics`, bomb, headers)).status).toBe(413);
  });
});

describe('requests that are too many at once', () => {
  it('are told to come again', async () => {
    const { url } = await runningSidecar({ limits: { bytesInFlight: 10_000 } });
    const { hostname, port } = new URL(url);
    const slow = request({
      hostname,
      port,
      path: '/v1/metrics',
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': '9500' },
    });
    slow.on('error', () => {});
    slow.write(' '.repeat(9000));
    const answer = await until(async () => {
      const tried = await post(`${url}/v1/metrics`, ONE.padEnd(2000));
      return tried.status === 429 ? tried : undefined;
    });
    expect(answer.headers.get('retry-after')).toBe('1');
    slow.destroy();
    const later = await until(async () => {
      const tried = await post(`${url}/v1/metrics`, ONE.padEnd(2000));
      return tried.status === 200 ? tried : undefined;
    });
    expect(later.status).toBe(200);
  });
});

describe('a connection', () => {
  it('serves one request after the other', async () => {
    const { url } = await runningSidecar();
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const head = `POST /v1/metrics HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`;
    socket.write(head + head);
    let text = '';
    while (text.split('HTTP/1.1 200').length < 3) text += String(await once(socket, 'data'));
    socket.destroy();
    expect(text).not.toContain('close');
  });
});

describe('a token for the intake', () => {
  it('is asked for by the intake and by /metrics, but not by probes', async () => {
    const { url } = await runningSidecar({ intakeToken: 'secret' });
    const json = { 'content-type': 'application/json' };
    const refused = await post(`${url}/v1/metrics`, ONE, json);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect((await post(`${url}/v1/metrics`, ONE, { ...json, authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await post(`${url}/v1/metrics`, ONE, { ...json, authorization: 'Bearer secret' })).status).toBe(200);
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    expect((await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer secret' } })).status).toBe(200);
    expect((await fetch(`${url}/health/received`)).status).toBe(401);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  });
});

/** Asks again until there is an answer. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
}
