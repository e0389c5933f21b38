import { describe, expect, it, vi } from 'vitest';
import { type EnrichOptions, HttpServerSettings, TelemetryError } from '../index.ts';
import { pointsOf, testTelemetry, totalOf, tracedTelemetry } from '../telemetry.test-support.ts';
import { observedServer } from './observed-server.test-support.ts';

const DURATION = 'http.server.request.duration';
const STANDARD = {
  'http.request.method': 'GET',
  'http.route': '/things/:id',
  'http.response.status_code': 200,
  'url.scheme': 'http',
};

/** Asks once for each of these headers; gives what the series carry besides the standard attributes. */
async function enriched(
  { telemetry }: Pick<ReturnType<typeof testTelemetry>, 'telemetry'>,
  enrich: EnrichOptions,
  ...asked: Readonly<Record<string, string>>[]
) {
  const { port } = await observedServer(telemetry, (_request, response) => response.end('ok'), { enrich });
  for (const headers of asked) await fetch(`http://127.0.0.1:${port}/things/1`, { headers });
  await vi.waitFor(() => expect(totalOf(telemetry, DURATION)).toBe(asked.length));
  return pointsOf(telemetry, DURATION).map(({ attributes }) => {
    expect(attributes).toMatchObject(STANDARD);
    return Object.fromEntries(Object.entries(attributes).filter(([key]) => !Object.hasOwn(STANDARD, key)));
  });
}

describe('enrich', () => {
  it('puts what functions find on the metrics, the span and the event of a request', async () => {
    const traced = tracedTelemetry();
    const enrich: EnrichOptions = {
      'tenant.id': (request) => request.headers['x-tenant'] as string,
      'tenant.paying': () => true,
      'tenant.shard': () => 7,
    };
    const own = { 'tenant.id': 'acme', 'tenant.paying': true, 'tenant.shard': 7 };
    expect(await enriched(traced, enrich, { 'x-tenant': 'acme' })).toEqual([own]);
    expect(pointsOf(traced.telemetry, 'http.server.response.body.size')[0]?.attributes).toEqual({
      ...STANDARD,
      ...own,
    });
    expect(traced.events[0]?.attributes).toEqual({ ...STANDARD, ...own });
    expect((await traced.finished())[0]?.attributes).toMatchObject({ ...STANDARD, ...own });
  });

  it('asks when the request is answered, once, also when its client has gone', async () => {
    const { telemetry } = testTelemetry();
    const asked: unknown[] = [];
    const enrich: EnrichOptions = {
      user: (request) => {
        asked.push(request.url);
        return (request as { user?: string }).user;
      },
    };
    const { port } = await observedServer(
      telemetry,
      (request, response) => {
        Object.assign(request, { user: 'ann' });
        if (request.url === '/things/1') response.end('ok');
      },
      { enrich },
    );
    await fetch(`http://127.0.0.1:${port}/things/1`);
    await expect(fetch(`http://127.0.0.1:${port}/things/2`, { signal: AbortSignal.timeout(50) })).rejects.toThrow();
    await vi.waitFor(() => expect(totalOf(telemetry, DURATION)).toBe(2));
    expect(
      pointsOf(telemetry, DURATION).map(({ attributes }) => [attributes['http.response.status_code'], attributes.user]),
    ).toEqual([
      [200, 'ann'],
      [499, 'ann'],
    ]);
    expect(asked).toEqual(['/things/1', '/things/2']);
  });

  it.each([
    ['on', tracedTelemetry],
    ['off', testTelemetry],
  ])('takes entries of the baggage that came with the request, with spans %s', async (_, make) => {
    const enrich: EnrichOptions = { 'tenant.id': { baggage: 'tenant' }, plan: { baggage: 'plan' } };
    const asked = [{ baggage: 'tenant=acme%20co,secret=1' }, { baggage: 'plan=pro;p=1 , tenant=umbra' }, {}];
    expect(await enriched(make(), enrich, ...asked)).toEqual([
      { 'tenant.id': 'acme co' },
      { 'tenant.id': 'umbra', plan: 'pro' },
      {},
    ]);
  });

  it('calls all further values other once an attribute has had as many as its limit, and tells so once', async () => {
    const all = testTelemetry();
    const enrich: EnrichOptions = {
      a: (request) => request.headers['x-a'] as string,
      b: (request) => request.headers['x-b'] as string,
      limit: 2,
    };
    const asked = ['1', '2', '3', '4', '1'].map((value) => ({ 'x-a': value, 'x-b': 'same' }));
    expect(await enriched(all, enrich, ...asked)).toEqual([
      { a: '1', b: 'same' },
      { a: '2', b: 'same' },
      { a: 'other', b: 'same' },
    ]);
    expect(all.problems.map(({ message }) => message)).toEqual([
      '"a" has had 2 values, and further ones are recorded as "other"; raise "enrich.limit" if your backend can bear it.',
    ]);
    expect(all.telemetry.health().problems).toEqual({ ERR_ADAPTER: 2 });
  });

  it('holds 100 values of an attribute unless told otherwise, however many are sent', async () => {
    const { telemetry } = testTelemetry();
    const { enrichment } = new HttpServerSettings(telemetry, { enrich: { id: ({ url }) => url } }, 'test');
    const found = Array.from({ length: 5000 }, (_, n) =>
      enrichment?.attributesOf({ url: `/${n}` } as never, undefined),
    );
    expect(new Set(found.map((attributes) => attributes?.id)).size).toBe(101);
  });

  it('leaves out what cannot be had, keeps the rest, and tells of each once', async () => {
    const all = testTelemetry();
    const enrich: EnrichOptions = {
      missing: () => undefined,
      nothing: () => null,
      fails: () => {
        throw new RangeError('no tenant');
      },
      object: () => ({}) as never,
      later: (async () => {
        throw new Error('nobody waits for this');
      }) as never,
      symbol: () => Symbol('x') as never,
      circle: () => {
        const circle: unknown[] = [];
        circle.push(circle);
        return circle as never;
      },
      good: () => 'yes',
    };
    expect(await enriched(all, enrich, {}, {})).toEqual([{ good: 'yes' }]);
    expect(all.problems.map(({ message }) => message)).toEqual([
      '"fails" of "enrich" is left out of requests, as it could not be found: no tenant.',
      '"object" of "enrich" is left out of requests, as it is of type object; give a string, a number or a boolean.',
      '"later" of "enrich" is left out of requests, as it is a promise; give what is known when the request is answered.',
      '"symbol" of "enrich" is left out of requests, as it is of type symbol; give a string, a number or a boolean.',
      expect.stringContaining('"circle" of "enrich" is left out of requests, as it could not be found: '),
    ]);
  });

  it('takes names and values that objects have by themselves for ordinary ones', async () => {
    const enrich: EnrichOptions = {
      constructor: () => 'made',
      toString: () => 'text',
      proto: (request) => request.headers['x-a'] as string,
    };
    expect(await enriched(testTelemetry(), enrich, { 'x-a': '__proto__' })).toEqual([
      { constructor: 'made', toString: 'text', proto: '__proto__' },
    ]);
  });

  it.each([
    [null, '"enrich" of test is no object'],
    ['tenant', '"enrich" of test is no object'],
    [{ a: 'x-tenant' }, '"enrich.a" of test says no source'],
    [{ a: { header: 'x-tenant' } }, '"enrich.a" of test says no source'],
    [{ a: null }, '"enrich.a" of test says no source'],
    [{ limit: 0 }, '"enrich.limit" of test is 0'],
    [{ limit: '10' }, '"enrich.limit" of test is 10'],
    [{ 'http.route': () => 'x' }, 'cannot give requests the attribute "http.route"; choose another name.'],
    [{ 'http.response.status_code': () => 1 }, 'cannot give requests the attribute "http.response.status_code"'],
    [{ 'error.type': () => 1 }, 'cannot give requests the attribute "error.type"'],
    [{ ['__proto__']: () => 'x' }, 'cannot give requests the attribute "__proto__"'],
    [{ '': () => 'x' }, 'cannot give requests the attribute ""'],
  ])('refuses %o when it is defined', (enrich, message) => {
    const { telemetry } = testTelemetry();
    const define = () => new HttpServerSettings(telemetry, { enrich: enrich as never }, 'test');
    expect(define).toThrow(TelemetryError);
    expect(define).toThrow(message);
  });
});
