import { describe, expect, it, vi } from 'vitest';
import { ACTIVE, DURATION, type HttpAdapterTests, requestSeries } from './http-adapter-subject.ts';

/** Several requests on one connection. */
export function connectionsTests({ withApplication, spelled }: HttpAdapterTests): void {
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
          expect.arrayContaining(
            ['/held', '/users/:id', '/'].map((route) => requestSeries('GET', spelled(route), 200)),
          ),
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
        expect(subject.series(DURATION)).toEqual([requestSeries('GET', spelled('/never'), 499, 'client_abort')]);
      }),
    );
  });
}
