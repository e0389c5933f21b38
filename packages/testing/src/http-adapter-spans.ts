import { describe, expect, it } from 'vitest';
import type { HttpAdapterTests } from './http-adapter-subject.ts';

/** OpenTelemetry's number for spans of servers. */
const SERVER = 1;

/** The span of a request. */
export function spansTests({ withApplication, spelled }: HttpAdapterTests): void {
  describe('spans', () => {
    it(
      'makes a span of the server, named by method and route, without the query string',
      withApplication(async (subject) => {
        await subject.ask('/users/42?token=secret', { headers: { 'user-agent': 'suite' } });
        await subject.ask('/nothing/42');
        await subject.settled(2);
        const [found, missing] = await subject.spans();
        expect(found).toMatchObject({ name: `GET ${spelled('/users/:id')}`, kind: SERVER, status: 'unset' });
        expect(found?.attributes).toEqual({
          'http.request.method': 'GET',
          'http.route': spelled('/users/:id'),
          'http.response.status_code': 200,
          'url.scheme': 'http',
          'url.path': '/users/42',
          'user_agent.original': 'suite',
          'client.address': expect.stringContaining('127.0.0.1'),
        });
        expect(missing).toMatchObject({ name: 'GET', status: 'unset' });
        expect(missing?.attributes).not.toHaveProperty('http.route');
      }),
    );

    it(
      "continues the caller's trace",
      withApplication(async (subject) => {
        const traceId = '0af7651916cd43dd8448eb211c80319c';
        await subject.ask('/', { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } });
        await subject.settled(1);
        expect(await subject.spans()).toMatchObject([
          { traceId, parentSpanId: 'b7ad6b7169203331', parentIsRemote: true },
        ]);
      }),
    );

    it.each([
      ['GET', '/traced', 'work'],
      ['POST', '/echo', 'echo'],
    ])('is the parent of spans that are made while %s %s is handled', (method, url, name) =>
      withApplication(async (subject) => {
        const asked = Array.from({ length: 20 }, () =>
          subject.ask(url, { method, ...(method === 'POST' && { body: 'x'.repeat(70_000) }) }),
        );
        await Promise.all(asked);
        await subject.settled(20);
        const spans = await subject.spans();
        const requests = new Map(spans.filter((span) => span.kind === SERVER).map((span) => [span.spanId, span]));
        const inner = spans.filter((span) => span.name === name);
        expect(inner).toHaveLength(20);
        expect(new Set(inner.map((span) => span.parentSpanId))).toEqual(new Set(requests.keys()));
        for (const span of inner) expect(requests.get(span.parentSpanId ?? '')?.traceId).toBe(span.traceId);
      })(),
    );
  });
}
