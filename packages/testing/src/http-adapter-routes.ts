import { describe, expect, it } from 'vitest';
import { DURATION, type HttpAdapterTests, NO_ROUTE, RESPONSE_SIZE, requestSeries } from './http-adapter-subject.ts';

/** Which route a request belongs to. */
export function routesTests({ withApplication, spelled }: HttpAdapterTests): void {
  describe('routes', () => {
    it.each([
      ['/', '/', 200],
      ['/?q=1', '/', 200],
      ['/users/42', '/users/:id', 200],
      ['/users/42?full=yes', '/users/:id', 200],
      ['/shops/north/orders/7', '/shops/:shop/orders/:order', 200],
      ['/shops/north/orders', '/shops/:shop/orders', 200],
      ['/refused', '/refused', 400],
      ['/empty', '/empty', 204],
      ['/unchanged', '/unchanged', 304],
      ['/moved', '/moved', 302],
    ])('gives %s the route %s, with status %i and no error', (url, route, status) =>
      withApplication(async (subject) => {
        expect((await subject.ask(url)).status).toBe(status);
        await subject.settled(1);
        expect(subject.series(DURATION)).toEqual([requestSeries('GET', spelled(route), status)]);
      })(),
    );

    it(
      'makes one series of 2,000 URLs that do not exist',
      withApplication(
        async (subject) => {
          await subject.askMany(1000, (n) => `/random-${n}-${Math.random()}`);
          await subject.askMany(500, (n) => `/shops/${n}/nothing/${n}`);
          await subject.askMany(500, (n) => `/users/${n}/nothing?at=${n}`);
          await subject.settled(2000);
          expect(subject.series(DURATION)).toEqual([requestSeries('GET', NO_ROUTE, 404)]);
        },
        { metricsOnly: true },
      ),
    );

    it(
      'makes one series of a route of 10,000 values of its parameters, and of its mount',
      withApplication(
        async (subject) => {
          await subject.askMany(5000, (n) => `/users/${n}`);
          await subject.askMany(5000, (n) => `/shops/shop%20${n}/orders/${n}?n=${n}`);
          await subject.settled(10_000);
          expect(subject.series(DURATION)).toEqual([
            requestSeries('GET', spelled('/users/:id'), 200),
            requestSeries('GET', spelled('/shops/:shop/orders/:order'), 200),
          ]);
          expect(subject.count(RESPONSE_SIZE)).toBe(10_000);
        },
        { metricsOnly: true },
      ),
    );

    it(
      'calls methods that are not known _OTHER, and records HEAD with the route of GET',
      withApplication(async (subject) => {
        expect((await subject.ask('/users/1', { method: 'PROPFIND' })).status).toBeGreaterThanOrEqual(400);
        expect(await subject.ask('/users/1', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
        await subject.settled(2);
        expect(subject.series(DURATION)).toContainEqual(requestSeries('HEAD', spelled('/users/:id'), 200));
        expect(subject.series(DURATION).map((one) => one['http.request.method'])).toEqual(['_OTHER', 'HEAD']);
        expect(subject.sum(RESPONSE_SIZE, { 'http.request.method': 'HEAD' })).toBe(0);
      }),
    );
  });
}
