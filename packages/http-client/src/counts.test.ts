import { Agent, request } from 'node:http';
import axios from 'axios';
import got from 'got';
import * as undici from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { OWN_CLIENTS, textOf } from './clients.test-support.ts';
import { observed } from './observed.test-support.ts';
import { testServer } from './test-server.test-support.ts';
import { UNDICI_CLIENTS } from './undici-clients.test-support.ts';

const CALLS = 2000;
const AT_ONCE = 50;
/** Most are answered; the others fail in every way that a server has. */
const PATHS = [
  '/ok', '/ok', '/ok', '/ok', '/ok', '/chunked', '/chunked', '/echo', '/empty', '/unchanged', '/hints',
  '/refused', '/unavailable', '/reset', '/hangup', '/reset-midway', '/hangup-midway', '/moved', '/never', '/stream',
]; // biome-ignore format: a list of words

it('counts exactly the calls that the server sees, of all clients at once, whatever becomes of them', async () => {
  /** Gives up the calls that are never answered, once they have come. */
  const leave = new Map<string, AbortController>();
  const server = await testServer(({ url = '' }) => {
    const controller = leave.get(url);
    if (controller !== undefined) setTimeout(() => controller.abort(), 5);
    return false;
  });
  const seen = observed();
  const keepAlive = new Agent({ keepAlive: true, maxSockets: 5 });
  const pool = new undici.Agent({ connections: 5, pipelining: 1 });
  const retrying = new undici.RetryAgent(pool, { minTimeout: 1, maxTimeout: 1, maxRetries: 2 });
  onTestFinished(async () => {
    keepAlive.destroy();
    await pool.destroy();
  });
  const more: readonly ((url: string, signal: AbortSignal) => Promise<unknown>)[] = [
    async (url, signal) => (await undici.request(url, { dispatcher: retrying, signal })).body.text(),
    async (url, signal) => (await fetch(url, { signal })).text(),
    (url, signal) => axios.get(url, { signal }),
    (url, signal) =>
      got(url, {
        signal,
        retry: { limit: 2, calculateDelay: ({ computedValue }) => Math.min(computedValue, 1) },
      }).text(),
    (url, signal) =>
      new Promise((resolve, reject) => {
        const sent = request(url, { agent: keepAlive, signal }, (response) => textOf(response).then(resolve, reject));
        sent.on('error', reject).end();
      }),
  ];
  const ways = [
    ...[...OWN_CLIENTS, ...UNDICI_CLIENTS].map(
      (client) => (url: string, signal: AbortSignal) => client.ask(url, { signal }),
    ),
    ...more,
  ];

  let next = 0;
  let failed = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let n = next++; n < CALLS; n = next++) {
        const path = PATHS[(n + Math.floor(n / ways.length)) % PATHS.length] as string;
        const controller = new AbortController();
        // The buffer of spans holds fewer than there are.
        if (n % 500 === 0) await seen.spans();
        const url = `${path}?call=${n}`;
        if (path === '/never' || path === '/stream') leave.set(url, controller);
        try {
          await ways[n % ways.length]?.(server.url + url, controller.signal);
        } catch {
          failed++;
        }
      }
    }),
  );
  expect(failed).toBeGreaterThan(CALLS / 10);
  expect(server.requests.length).toBeGreaterThan(CALLS);
  await seen.settled(server.requests.length);
  const spans = await seen.spans();
  const received = new Map(server.requests.map(({ headers }) => [String(headers.traceparent).split('-')[2], headers]));
  expect(received.size).toBe(server.requests.length);
  expect(spans).toHaveLength(server.requests.length);
  expect(spans.filter(({ spanId }) => !received.has(spanId))).toEqual([]);
  expect(seen.problems).toEqual([]);
});
