import { describe, expect, it } from 'vitest';
import { DURATION, type HttpAdapterTests, RESPONSE_SIZE, requestSeries } from './http-adapter-subject.ts';

/** What the options that all adapters have do. */
export function optionsTests({ withApplication, spelled }: HttpAdapterTests): void {
  describe('options', () => {
    it(
      'records nothing of what skip says',
      withApplication(
        async (subject) => {
          expect((await subject.ask('/skipped/1?x=1')).body).toBe('skipped');
          await subject.ask('/users/1');
          expect((await subject.ask('/skipped/2')).body).toBe('skipped');
          await subject.ask('/users/2');
          await subject.settled(2);
          expect(subject.series(DURATION)).toEqual([requestSeries('GET', spelled('/users/:id'), 200)]);
          expect(await subject.spans()).toHaveLength(2);
        },
        { options: { skip: (request) => request.url?.startsWith('/skipped/') === true } },
      ),
    );

    it(
      'gives requests the attributes that enrich names, of so many values and then other',
      withApplication(
        async (subject) => {
          for (const tenant of ['acme', 'umbra', 'third', 'fourth', 'acme']) {
            await subject.ask('/users/1', { headers: { 'x-tenant': tenant, baggage: 'plan=pro,secret=1' } });
          }
          await subject.ask('/users/1');
          await subject.settled(6);
          const own = requestSeries('GET', spelled('/users/:id'), 200);
          const enriched = ['acme', 'umbra', 'other'].map((tenant) => ({ ...own, 'tenant.id': tenant, plan: 'pro' }));
          expect(subject.series(DURATION)).toEqual([...enriched, own]);
          expect(subject.series(RESPONSE_SIZE)).toEqual([...enriched, own]);
          expect((await subject.spans()).map(({ attributes }) => attributes['tenant.id'])).toEqual([
            'acme',
            'umbra',
            'other',
            'other',
            'acme',
            undefined,
          ]);
          expect(subject.takeProblems()).toEqual([expect.stringContaining('"tenant.id" has had 2 values')]);
        },
        {
          options: {
            enrich: {
              'tenant.id': (request) => request.headers['x-tenant'] as string | undefined,
              plan: { baggage: 'plan' },
              limit: 2,
            },
          },
        },
      ),
    );

    it(
      'finds attributes in the baggage when there are no spans',
      withApplication(
        async (subject) => {
          await subject.ask('/', { headers: { baggage: 'plan=free' } });
          await subject.settled(1);
          expect(subject.series(DURATION)).toEqual([{ ...requestSeries('GET', spelled('/'), 200), plan: 'free' }]);
        },
        { metricsOnly: true, options: { enrich: { plan: { baggage: 'plan' } } } },
      ),
    );

    it(
      'puts the query string on spans when it is asked to',
      withApplication(
        async (subject) => {
          await subject.ask('/users/1?full=yes');
          await subject.settled(1);
          expect((await subject.spans())[0]?.attributes).toMatchObject({
            'url.path': '/users/1',
            'url.query': 'full=yes',
          });
        },
        { options: { query: true } },
      ),
    );
  });
}
