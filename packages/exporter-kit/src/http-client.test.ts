import { ExportError } from '@telltale/core';
import { contextOf } from '@telltale/testing';
import { BackendServer } from '@telltale-internal/backends';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answerError, HttpClient } from './index.ts';

let backend: BackendServer;
let client: HttpClient;
const bodies: string[] = [];
const wire: number[] = [];

beforeEach(async () => {
  bodies.length = 0;
  wire.length = 0;
  client = new HttpClient();
  backend = await BackendServer.open({
    handle: ({ body, bytes, headers }) => {
      bodies.push(body.toString());
      wire.push(bytes);
      return { status: 200, headers: { 'x-encoding': String(headers['content-encoding']) }, body: 'thanks' };
    },
  });
});

afterEach(async () => {
  client.close();
  await backend.close();
});

const request = (body = 'hello', gzip = false) => ({
  url: new URL(`${backend.url}/in?key=secret`),
  headers: { 'content-type': 'text/plain' },
  body,
  gzip,
});

test('gives any answer, without the query in its target', async () => {
  const context = contextOf();
  const answer = await client.send(request(), context);
  expect(answer).toMatchObject({ status: 200, target: `${backend.url}/in` });
  expect(answer.body.toString()).toBe('thanks');
  expect(context.requests).toEqual([5]);
});

test('compresses what is worth it, and counts the bytes of the wire', async () => {
  const context = contextOf();
  const long = 'telltale '.repeat(1000);
  expect((await client.send(request(long, true), context)).headers['x-encoding']).toBe('gzip');
  expect((await client.send(request('short', true), context)).headers['x-encoding']).toBe('undefined');
  expect(bodies).toEqual([long, 'short']);
  expect(context.requests).toEqual(wire);
  expect(wire[0]).toBeLessThan(200);
});

test('says that the outcome is not known when the connection dies after the body', async () => {
  backend.disconnect();
  const error = await client.send(request(), contextOf()).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ExportError);
  expect(error).toMatchObject({ outcomeUnknown: true, retryable: true });
  expect((error as Error).message).not.toContain('secret');
});

test('knows that nothing arrived when nobody listens, or the connection dies within the body', async () => {
  backend.plan({ kind: 'reset' });
  const big = request('x'.repeat(20_000_000));
  await expect(client.send(big, contextOf())).rejects.toMatchObject({ outcomeUnknown: false });
  const small = request();
  await backend.down();
  await expect(client.send(small, contextOf())).rejects.toMatchObject({
    name: 'ExportError',
    outcomeUnknown: false,
    message: expect.stringContaining('could not be reached'),
  });
});

test('does not know the outcome when it is told to stop while it waits for the answer', async () => {
  backend.stall();
  const controller = new AbortController();
  const sending = client.send(request(), contextOf(controller.signal));
  while (backend.requests() === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  controller.abort(new Error('no answer within 10 s'));
  await expect(sending).rejects.toMatchObject({
    outcomeUnknown: true,
    message: expect.stringContaining('within 10 s'),
  });
});

test('sends nothing when it was told to stop before', async () => {
  await expect(client.send(request(), contextOf(AbortSignal.abort()))).rejects.toMatchObject({ name: 'AbortError' });
  expect(backend.requests()).toBe(0);
});

test('rejects when an answer breaks off', async () => {
  backend.drip();
  const controller = new AbortController();
  const sending = client.send(request(), contextOf(controller.signal));
  while (backend.requests() === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  await backend.down();
  await expect(sending).rejects.toMatchObject({ outcomeUnknown: true });
});

test('does with the context of a program that calls an exporter by hand', async () => {
  const { signal } = contextOf();
  expect((await client.send(request(), { signal })).status).toBe(200);
});

test.each([
  [400, { retryable: false, divisible: true }],
  [413, { retryable: false, divisible: true }],
  [401, { retryable: true, divisible: false, message: expect.stringContaining('check the key') }],
  [404, { retryable: true, divisible: false }],
  [408, { retryable: true, divisible: false }],
  [429, { retryable: true, retryAfter: 7 }],
  [302, { retryable: true, divisible: false }],
  [503, { retryable: true, divisible: false }],
])('judges the status %i', async (status, expected) => {
  backend.answer(status, status === 429 ? { 'retry-after': '7' } : {});
  const answer = await client.send(request(), contextOf());
  expect(answerError(answer, { credentials: 'check the key' })).toMatchObject(expected);
});

test('takes a date for how long to wait, and no nonsense', async () => {
  const answer = await client.send(request(), contextOf());
  const waitOf = (header: string) =>
    answerError({ ...answer, status: 503, headers: { 'retry-after': header } })?.retryAfter;
  expect(waitOf(new Date(Date.now() + 60_000).toUTCString())).toBeGreaterThan(55);
  expect(waitOf(new Date(0).toUTCString())).toBe(0);
  expect(waitOf('soon')).toBeUndefined();
  expect(answerError(answer)).toBeUndefined();
});
