import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lambdaTelemetry } from '../index.ts';
import { httpApiEvent, sqsEvent, sqsRecord } from './lambda-events.test-support.ts';
import { type AnyHandler, contextOf, observed } from './observed.test-support.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what has not ended shortly before the deadline has timed out, and is delivered', async () => {
  const { telemetry, memory } = observed();
  const handler = lambdaTelemetry<AnyHandler>(telemetry, () => new Promise(() => {}));
  void handler(sqsEvent(sqsRecord('1'), sqsRecord('2')), contextOf(10_000));
  await vi.advanceTimersByTimeAsync(9400);
  expect(memory.snapshots).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  expect(memory.value('faas.timeouts', { 'faas.trigger': 'pubsub' })).toBe(1);
  expect(memory.value('faas.invoke_duration', { 'error.type': 'timeout' })).toBe(1);
  expect(memory.value('job.duration', { 'job.outcome': 'failed', 'error.type': 'timeout' })).toBe(2);
  expect(memory.value('faas.errors')).toBeUndefined();
  expect(memory.spans.map(({ status }) => status)).toEqual(['error', 'error', 'error']);
});

test('it is not counted again when the handler ends after all', async () => {
  const { telemetry, memory } = observed();
  const handler = lambdaTelemetry<AnyHandler>(telemetry, async () => {
    await new Promise((resolve) => setTimeout(resolve, 9900));
    return { statusCode: 200 };
  });
  const answer = handler(httpApiEvent('GET /slow'), contextOf(10_000));
  await vi.advanceTimersByTimeAsync(9950);
  expect(await answer).toEqual({ statusCode: 200 });
  expect(memory.value('faas.timeouts')).toBe(1);
  expect(memory.value('faas.invocations')).toBeUndefined();
  expect(memory.value('http.server.request.duration')).toBe(1);
  expect(
    memory.value('http.server.request.duration', { 'http.route': '/slow', 'http.response.status_code': 504 }),
  ).toBe(1);
});

test('nor is one that ends in time', async () => {
  const { telemetry, memory } = observed();
  await lambdaTelemetry<AnyHandler>(telemetry, async () => {})({}, contextOf(10_000));
  await vi.advanceTimersByTimeAsync(20_000);
  await telemetry.flush();
  expect(memory.value('faas.timeouts')).toBeUndefined();
  expect(memory.value('faas.invocations')).toBe(1);
});

test('of a short time a fifth is enough', async () => {
  const { telemetry, memory } = observed();
  void lambdaTelemetry<AnyHandler>(telemetry, () => new Promise(() => {}))({}, contextOf(1000));
  await vi.advanceTimersByTimeAsync(790);
  expect(memory.snapshots).toEqual([]);
  await vi.advanceTimersByTimeAsync(20);
  expect(memory.value('faas.timeouts')).toBe(1);
});

test('it can be switched off', async () => {
  const { telemetry, memory } = observed();
  void lambdaTelemetry<AnyHandler>(telemetry, () => new Promise(() => {}), { timeoutMargin: false })(
    {},
    contextOf(1000),
  );
  await vi.advanceTimersByTimeAsync(2000);
  await telemetry.flush();
  expect(memory.value('faas.timeouts')).toBeUndefined();
});
