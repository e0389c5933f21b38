import { describe, expect, it } from 'vitest';
import { type HttpAdapterTests, REQUEST_SIZE, RESPONSE_SIZE, requestSeries } from './http-adapter-subject.ts';

/** How large bodies are. */
export function sizesTests({ withApplication, spelled }: HttpAdapterTests): void {
  describe('sizes', () => {
    it.each([
      ['of a length that is told', {}],
      ['in chunks', { 'transfer-encoding': 'chunked' }],
    ])('records the bytes of bodies %s, whatever their characters', (_how, headers) =>
      withApplication(async (subject) => {
        const body = '€'.repeat(100_000);
        expect((await subject.ask('/echo', { method: 'POST', body, headers })).body).toBe(body);
        await subject.settled(1);
        const own = requestSeries('POST', spelled('/echo'), 200);
        expect([subject.series(REQUEST_SIZE), subject.series(RESPONSE_SIZE)]).toEqual([[own], [own]]);
        expect([subject.sum(REQUEST_SIZE), subject.sum(RESPONSE_SIZE)]).toEqual([300_000, 300_000]);
      })(),
    );

    it(
      'counts nothing for the response to HEAD, and the whole of a stream',
      withApplication(async (subject) => {
        const connection = subject.connect();
        connection.get('/late-stream');
        await subject.waiting(1);
        subject.gate.open();
        await connection.received('one');
        await subject.waiting(1);
        subject.gate.open();
        await connection.received('two');
        expect(await subject.ask('/users/1', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
        await subject.settled(2);
        expect(subject.count(RESPONSE_SIZE)).toBe(2);
        expect(subject.sum(RESPONSE_SIZE, { 'http.route': spelled('/late-stream') })).toBe(6);
        expect(subject.sum(RESPONSE_SIZE, { 'http.request.method': 'HEAD' })).toBe(0);
        connection.leave();
      }),
    );

    it(
      'counts what is sent in chunks, and nothing for responses without a body',
      withApplication(async (subject) => {
        const connection = subject.connect();
        connection.get('/stream');
        await connection.received('one');
        await subject.waiting(1);
        subject.gate.open();
        await connection.received('two');
        await subject.ask('/empty');
        await subject.ask('/unchanged');
        await subject.settled(3);
        const sizeOf = (route: string) => subject.sum(RESPONSE_SIZE, { 'http.route': spelled(route) });
        expect([sizeOf('/stream'), sizeOf('/empty'), sizeOf('/unchanged')]).toEqual([6, 0, 0]);
        expect(subject.series(REQUEST_SIZE)).toEqual([]);
        connection.leave();
      }),
    );
  });
}
