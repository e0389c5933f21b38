import { describe, expect, it, vi } from 'vitest';
import {
  ACTIVE,
  DURATION,
  type HttpAdapterTests,
  NO_ROUTE,
  requestSeries,
  STREAM_DURATION,
  STREAMS,
} from './http-adapter-subject.ts';

const HANDSHAKE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** Connections that become WebSockets. */
export function upgradesTests({ withApplication, spelled, socketRoute }: HttpAdapterTests): void {
  describe('upgrades', () => {
    it(
      'records a WebSocket, though it be the first that comes to the server, as a stream and not as a request',
      withApplication(async (subject) => {
        const connection = subject.connect();
        connection.get('/socket', HANDSHAKE);
        await connection.received('101 Switching Protocols');
        expect([subject.total(STREAMS), subject.series(ACTIVE)]).toEqual([1, []]);
        connection.message('{"event":"echo","data":"hi"}');
        await connection.received('hi');
        await subject.clock.advance(7);
        connection.leave();
        await vi.waitFor(() => expect(subject.count(STREAM_DURATION)).toBe(1));
        expect(subject.series(STREAM_DURATION)).toEqual([requestSeries('GET', socketRoute, 101)]);
        expect([subject.sum(STREAM_DURATION), subject.total(STREAMS)]).toEqual([7, 0]);
        await subject.ask('/');
        await subject.settled(1);
        expect(subject.series(DURATION)).toEqual([requestSeries('GET', spelled('/'), 200)]);
        const [span] = await subject.spans();
        expect(span).toMatchObject({
          status: 'unset',
          attributes: { 'http.response.status_code': 101, 'url.path': '/socket' },
        });
      }),
    );

    it(
      'records a WebSocket that is refused with the status of the refusal',
      withApplication(async (subject) => {
        const { 'sec-websocket-key': _key, ...incomplete } = HANDSHAKE;
        const connection = subject.connect();
        connection.get('/socket', incomplete);
        await connection.received('400 Bad Request');
        await connection.closed();
        await vi.waitFor(() => expect(subject.count(STREAM_DURATION)).toBe(1));
        expect(subject.series(STREAM_DURATION)).toEqual([requestSeries('GET', socketRoute, 400)]);
        expect([subject.total(STREAMS), subject.series(DURATION)]).toEqual([0, []]);
      }),
    );

    it(
      'applies skip and enrich to WebSockets, and records plain requests to their URL as others',
      withApplication(
        async (subject) => {
          for (const url of ['/socket?skip', '/socket']) {
            const connection = subject.connect();
            connection.get(url, { ...HANDSHAKE, 'x-tenant': 'acme' });
            await connection.received('101 Switching Protocols');
            connection.leave();
          }
          await vi.waitFor(() => expect(subject.count(STREAM_DURATION)).toBe(1));
          expect(subject.series(STREAM_DURATION)).toEqual([
            { ...requestSeries('GET', socketRoute, 101), 'tenant.id': 'acme' },
          ]);
          expect((await subject.ask('/socket')).status).toBe(404);
          await subject.settled(1);
          expect(subject.series(DURATION)).toEqual([requestSeries('GET', NO_ROUTE, 404)]);
        },
        {
          options: {
            skip: (request) => request.url?.endsWith('?skip') === true,
            enrich: { 'tenant.id': (request) => request.headers['x-tenant'] as string | undefined },
          },
        },
      ),
    );
  });
}
