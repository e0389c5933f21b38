import { describe, expect, it } from 'vitest';
import {
  ACTIVE,
  DURATION,
  type HttpAdapterTests,
  requestSeries,
  STREAM_DURATION,
  STREAMS,
} from './http-adapter-subject.ts';

/** What counts as the time of a request. */
export function timeTests({ withApplication, spelled }: HttpAdapterTests): void {
  describe('time', () => {
    it(
      'measures from the request to the response',
      withApplication(async (subject) => {
        const answer = subject.ask('/held');
        await subject.waiting(1);
        expect(subject.total(ACTIVE)).toBe(1);
        await subject.clock.advance(2);
        subject.gate.open();
        expect((await answer).body).toBe('late');
        await subject.settled(1);
        expect(subject.sum(DURATION)).toBe(2);
        expect(subject.series(STREAM_DURATION)).toEqual([]);
        const [span] = await subject.spans();
        expect((span?.endTime ?? 0) - (span?.startTime ?? 0)).toBe(2);
      }),
    );

    it.each([
      ['/stream', 'one', 'two'],
      ['/events', '200 OK', 'data: 1'],
    ])('keeps the life of %s out of the duration of the request', (url, first, last) =>
      withApplication(async (subject) => {
        const connection = subject.connect();
        connection.get(url);
        await connection.received(first);
        await subject.waiting(1);
        expect([subject.total(ACTIVE), subject.total(STREAMS)]).toEqual([1, 1]);
        await subject.clock.advance(5);
        subject.gate.open();
        await connection.received(last);
        await subject.settled(1);
        const own = requestSeries('GET', spelled(url), 200);
        expect([subject.series(DURATION), subject.series(STREAM_DURATION)]).toEqual([[own], [own]]);
        expect([subject.sum(DURATION), subject.sum(STREAM_DURATION)]).toEqual([0, 5]);
        expect(subject.total(STREAMS)).toBe(0);
        connection.leave();
      })(),
    );

    it(
      'ends the duration of the request at the first byte of its response, to the millisecond',
      withApplication(async (subject) => {
        const connection = subject.connect();
        connection.get('/late-stream');
        await subject.waiting(1);
        await subject.clock.advance(0.123);
        subject.gate.open();
        await connection.received('one');
        await subject.waiting(1);
        await subject.clock.advance(0.456);
        subject.gate.open();
        await connection.received('two');
        await subject.settled(1);
        expect(subject.series(DURATION)).toEqual([requestSeries('GET', spelled('/late-stream'), 200)]);
        expect(subject.sum(DURATION)).toBeCloseTo(0.123, 6);
        expect(subject.sum(STREAM_DURATION)).toBeCloseTo(0.456, 6);
        connection.leave();
      }),
    );

    it(
      'leaves no trace of a stream of 5 s among the durations of 100 requests',
      withApplication(async (subject) => {
        const connection = subject.connect();
        connection.get('/events');
        await connection.received('200 OK');
        await subject.waiting(1);
        await subject.askMany(50, (n) => `/users/${n}`);
        await subject.clock.advance(5);
        await subject.askMany(50, (n) => `/users/${n}`);
        subject.gate.open();
        await connection.received('data: 1');
        await subject.settled(101);
        expect([subject.countOfSmallest(DURATION), subject.sum(DURATION)]).toEqual([101, 0]);
        expect([subject.count(STREAM_DURATION), subject.sum(STREAM_DURATION)]).toEqual([1, 5]);
        connection.leave();
      }),
    );

    it(
      'does not take a 1xx response for the first byte',
      withApplication(async (subject) => {
        const connection = subject.connect();
        connection.get('/hints');
        await connection.received('103 Early Hints');
        await subject.waiting(1);
        await subject.clock.advance(3);
        subject.gate.open();
        await connection.received('hinted');
        await subject.settled(1);
        expect(subject.series(DURATION)).toEqual([requestSeries('GET', spelled('/hints'), 200)]);
        expect([subject.sum(DURATION), subject.series(STREAM_DURATION)]).toEqual([3, []]);
        connection.leave();
      }),
    );
  });
}
