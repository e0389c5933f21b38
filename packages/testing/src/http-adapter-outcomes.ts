import { describe, expect, it, vi } from 'vitest';
import {
  ACTIVE,
  DURATION,
  type HttpAdapterTests,
  NO_ROUTE,
  RESPONSE_SIZE,
  requestSeries,
  STREAMS,
} from './http-adapter-subject.ts';

/** What becomes of requests. */
export function outcomesTests({ withApplication, spelled }: HttpAdapterTests): void {
  describe('outcomes', () => {
    it.each([
      ['/fails/now', 500, 'TypeError'],
      ['/fails/later', 500, 'RangeError'],
      ['/unavailable', 503, '503'],
    ])('records %s as %i with error.type %s', (url, status, type) =>
      withApplication(async (subject) => {
        expect((await subject.ask(url)).status).toBe(status);
        await subject.settled(1);
        expect(subject.series(DURATION)).toEqual([requestSeries('GET', spelled(url), status, type)]);
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
          expect(subject.series(DURATION)).toEqual([requestSeries('GET', spelled('/held'), 499, 'client_abort')]);
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
          expect(subject.series(DURATION)).toEqual([requestSeries('GET', spelled('/stream'), 499, 'client_abort')]);
          expect(subject.total(STREAMS)).toBe(0);
        }),
      );
    }

    it(
      'records a client that goes away while it sends its request as 499 and client_abort',
      withApplication(async (subject) => {
        const connection = subject.connect();
        connection.send('POST', '/echo', { 'content-length': '1000', 'content-type': 'text/plain' }, 'only a part');
        await vi.waitFor(() => expect(subject.total(ACTIVE)).toBe(1));
        connection.leave();
        await subject.settled(1);
        const [own, ...others] = subject.series(DURATION);
        expect(others).toEqual([]);
        // Some frameworks read the body before they look for a route.
        expect([spelled('/echo'), NO_ROUTE]).toContain(own?.['http.route']);
        expect(own).toEqual(requestSeries('POST', String(own?.['http.route']), 499, 'client_abort'));
      }),
    );

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
        expect(subject.series(DURATION)).toEqual([requestSeries('GET', spelled('/never'), 499, 'client_abort')]);
        expect(subject.sum(DURATION)).toBe(100);
      }),
    );

    it(
      'records a response that is ended twice once',
      withApplication(async (subject) => {
        expect((await subject.ask('/twice')).body).toBe('once');
        await subject.ask('/');
        await subject.settled(2);
        expect(subject.series(DURATION)).toEqual([
          requestSeries('GET', spelled('/twice'), 200),
          requestSeries('GET', spelled('/'), 200),
        ]);
        expect(subject.sum(RESPONSE_SIZE, { 'http.route': spelled('/twice') })).toBe(4);
        expect(await subject.spans()).toHaveLength(2);
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
        expect(subject.series(DURATION)).toEqual([requestSeries('GET', spelled('/broken'), 500, 'response_destroyed')]);
      }),
    );
  });
}
