import type { FinishedSpan } from '@telltale/core';
import { describe, expect, it } from 'vitest';
import { get, testBoard } from '../dashboard.test-support.ts';
import type { TraceDetail } from '../frame.ts';
import { isSecretKey, MASKED, maskText } from './mask.ts';
import { TraceStore } from './trace-store.ts';

let ids = 0;

function span(given: Partial<FinishedSpan> = {}): FinishedSpan {
  const id = (++ids).toString(16).padStart(16, '0');
  return {
    traceId: id.padStart(32, '0'),
    spanId: id,
    parentIsRemote: false,
    traceFlags: 1,
    name: 'GET /',
    kind: 1,
    startTime: 1_700_000_000,
    endTime: 1_700_000_000.1,
    status: 'unset',
    attributes: {},
    events: [],
    links: [],
    dropped: { attributes: 0, events: 0, links: 0 },
    scope: { name: 'test' },
    resource: { attributes: { 'service.name': 'shop' } },
    ...given,
  };
}

describe('traces', () => {
  it('are kept when they fail or are slow, and shown as a tree within a second', async () => {
    const { telemetry, clock, frame, url } = await testBoard({ slowerThan: 0.5 });
    telemetry.span('quick', () => {});
    await telemetry.span('slow', async () => {
      await telemetry.span('child', () => clock.advance(1));
      telemetry.span('second child', () => {});
    });
    expect(() =>
      telemetry.span('failing', (active) => {
        active.setAttribute('password', 'hunter2');
        active.addEvent('tried', { 'api-key': 'k' });
        throw new Error('no such https://user:secret@db/ thing');
      }),
    ).toThrow();
    await clock.advance(2);
    const { traces } = await frame();
    expect(traces).toMatchObject([
      { name: 'failing', why: 'failed', spans: 1, message: `no such https://${MASKED}@db/ thing` },
      { name: 'slow', why: 'slow', spans: 3, service: 'shop' },
    ]);
    if (traces === 'off') throw new Error('they are on');
    const slow: TraceDetail = JSON.parse((await get(`${url}api/traces/${traces[1]?.traceId}`)).text);
    expect(slow.spans.map(({ name, depth }) => [name, depth])).toEqual([
      ['slow', 0],
      ['child', 1],
      ['second child', 1],
    ]);
    const failed = await get(`${url}api/traces/${traces[0]?.traceId}`);
    expect(failed.text).not.toMatch(/hunter2|secret/);
    expect(JSON.parse(failed.text).spans[0]).toMatchObject({
      status: 'error',
      attributes: { password: MASKED },
      events: [{ name: 'tried', attributes: { 'api-key': MASKED } }, { name: 'exception' }],
    });
    expect((await get(`${url}api/traces/${'0'.repeat(32)}`)).status).toBe(404);
    expect((await get(`${url}api/traces/__proto__`)).status).toBe(404);
  });

  it('that are unusually slow for their name are kept, once in ten seconds', () => {
    const store = new TraceStore(undefined);
    const took = (seconds: number, now: number) => store.take([span({ endTime: 1_700_000_000 + seconds })], now);
    for (let i = 0; i < 60; i++) took(0.01 + (i % 10) / 1000, 0);
    took(0.5, 1);
    took(0.6, 2);
    took(0.7, 12);
    took(1.5, 13);
    expect(
      store
        .list()
        .map(({ seconds }) => Math.round(seconds * 10) / 10)
        .sort(),
    ).toEqual([0.5, 0.7, 1.5]);
  });

  it('stand in a tree even where a span has no parent, is its own, or is another one’s and the other its', () => {
    const store = new TraceStore(0);
    const traceId = 'a'.repeat(32);
    const of = (spanId: string, parentSpanId: string | undefined, start: number) =>
      span({
        traceId,
        spanId,
        name: spanId,
        startTime: start,
        endTime: start + 1,
        ...(parentSpanId && { parentSpanId }),
      });
    store.take([of('root', undefined, 0), of('late', 'root', 3), of('early', 'root', 1), of('below', 'late', 4)], 0);
    store.take([of('orphan', 'gone', 2), of('self', 'self', 5), of('x', 'y', 6), of('y', 'x', 7)], 1);
    expect(store.detail(traceId)?.spans.map(({ name, depth, offset }) => [name, depth, offset])).toEqual([
      ['root', 0, 0],
      ['early', 1, 1],
      ['late', 1, 3],
      ['below', 2, 4],
      ['orphan', 0, 2],
      ['self', 0, 5],
      ['x', 0, 6],
      ['y', 1, 7],
    ]);
  });

  it('hold a bounded number of bytes, whatever comes', () => {
    const store = new TraceStore(0.05);
    const big = 'x'.repeat(1_000_000);
    const attributes = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key${i}`, `${i}${big}`]));
    for (let second = 0; second < 80; second++) {
      const root = span({ name: `n${second}`, status: 'error', statusMessage: big, attributes });
      const children = Array.from({ length: 300 }, (_, i) =>
        span({ traceId: root.traceId, parentSpanId: root.spanId, attributes: { i, big }, endTime: root.startTime }),
      );
      // Of traces that are never decided on.
      const lost = Array.from({ length: 50 }, () => span({ parentSpanId: 'f'.repeat(16), attributes: { big } }));
      store.take([...lost, root, ...children], second);
    }
    expect(store.bytes).toBeLessThan(16 * 1024 * 1024);
    const [newest] = store.list();
    expect(store.list().length).toBeLessThanOrEqual(50);
    expect(newest?.spans).toBe(200);
    const detail = store.detail(String(newest?.traceId));
    expect(detail?.dropped).toBe(101);
    expect(JSON.stringify(detail).length).toBeLessThan(300_000);
    expect(detail?.spans[0]?.attributes.key0).toHaveLength(257);
  });

  it('of one name that fails all the time do not push out the others, nor cost more and more', () => {
    const store = new TraceStore(10);
    store.take([span({ name: 'rare', status: 'error' })], 0);
    for (let second = 0; second < 100; second++) {
      store.take(
        Array.from({ length: 100 }, () => span({ name: 'busy', status: 'error', startTime: 1_700_000_000 + second })),
        second,
      );
    }
    const names = store.list().map(({ name }) => name);
    expect(names).toHaveLength(50);
    expect(names).toContain('rare');
  });

  it('of clients that hung up have not failed', () => {
    const store = new TraceStore(10);
    store.take([span({ status: 'error', attributes: { 'error.type': 'client_abort' } })], 0);
    expect(store.list()).toEqual([]);
  });
});

describe('what is masked', () => {
  it.each([
    'authorization',
    'http.request.header.cookie',
    'http.request.header.x-api-key',
    'db.password',
    'userPasswd',
    'access_token',
    'accessToken',
    'aws.secret_access_key',
    'session.id',
    'http.request.body',
    'messaging.payload',
    'card.cvv',
  ])('is the value of %s', (key) => expect(isSecretKey(key)).toBe(true));

  it.each([
    'http.route',
    'gen_ai.usage.input_tokens',
    'shipping.method',
    'http.request.body.size',
    'cart.id',
    'compass',
  ])('is not that of %s', (key) => expect(isSecretKey(key)).toBe(false));

  it.each([
    ['postgres://user:pa55@db/shop', `postgres://${MASKED}@db/shop`],
    ['?a=1&token=abc&b=2', `?a=1&token=${MASKED}&b=2`],
    ['token=abc', `token=${MASKED}`],
    ['sent Bearer abcdef123456 to it', `sent Bearer ${MASKED} to it`],
    ['jwt eyJhbGciOi.eyJzdWIiOi.c2lnbmF0', `jwt ${MASKED}`],
    ["where password='hunter2' and x", `where password='${MASKED}' and x`],
    ['{"api_key": "k1", "n": 1}', `{"api_key": "${MASKED}", "n": 1}`],
    ['user@example.com bought 3', 'user@example.com bought 3'],
  ])('in %s', (text, masked) => expect(maskText(text)).toBe(masked));
});
