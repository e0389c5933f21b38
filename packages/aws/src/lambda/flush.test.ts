import { createTelemetry, type Exporter } from '@telltale/core';
import { memoryExporter } from '@telltale/testing';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { type LambdaOptions, lambdaTelemetry } from '../index.ts';
import { type AnyHandler, contextOf } from './observed.test-support.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function wrapped(exporter: Exporter, options?: LambdaOptions) {
  const telemetry = createTelemetry({
    service: { name: 'shop' },
    exporters: [exporter],
    signals: { spans: false },
    shutdown: { signals: false, timeout: 0.05 },
    onError: () => {},
  });
  onTestFinished(() => {
    vi.useRealTimers();
    return telemetry.shutdown();
  });
  return lambdaTelemetry<AnyHandler>(telemetry, async () => 'answer', options);
}

/** Milliseconds until the answer. */
async function waited(call: Promise<unknown>): Promise<number> {
  const before = Date.now();
  let after: number | undefined;
  void call.then((answer) => {
    expect(answer).toBe('answer');
    after = Date.now();
  });
  for (let i = 0; i < 1000 && after === undefined; i++) await vi.advanceTimersByTimeAsync(10);
  return (after ?? Number.NaN) - before;
}

const hanging = (): Exporter => ({ name: 'dead', timeout: 60, exportMetrics: () => new Promise(() => {}) });

test('all has been delivered when the answer is there', async () => {
  const memory = memoryExporter();
  const handler = wrapped(memory);
  for (let i = 1; i < 4; i++) {
    expect(await waited(handler({}, contextOf()))).toBeLessThan(20);
    expect(memory.value('faas.invocations')).toBe(i);
  }
});

test('an answer waits a second for a dead backend, and then never again while the call hangs', async () => {
  const handler = wrapped(hanging());
  const first = await waited(handler({}, contextOf()));
  expect(first).toBeGreaterThanOrEqual(1000);
  expect(first).toBeLessThanOrEqual(1020);
});

test('it waits as long as it is told, and never past the deadline', async () => {
  expect(await waited(wrapped(hanging(), { flush: { timeout: 0.2 } })({}, contextOf()))).toBeLessThanOrEqual(220);
  expect(await waited(wrapped(hanging())({}, contextOf(500)))).toBeLessThanOrEqual(460);
  expect(await waited(wrapped(hanging(), { flush: { timeout: 0 } })({}, contextOf()))).toBeLessThanOrEqual(20);
});

test('what fails is tried again while there is time, three times in all', async () => {
  const memory = memoryExporter();
  memory.fail(2);
  await waited(wrapped(memory)({}, contextOf()));
  expect(memory.value('faas.invocations')).toBe(1);
  const failing = memoryExporter();
  failing.fail(3);
  const handler = wrapped(failing);
  expect(await waited(handler({}, contextOf()))).toBeLessThan(200);
  expect(failing.value('faas.invocations')).toBeUndefined();
  await waited(handler({}, contextOf()));
  expect(failing.value('faas.invocations')).toBe(2);
});

test('a backend that is left alone costs nothing', async () => {
  const failing = memoryExporter();
  failing.fail(1000);
  const handler = wrapped(failing);
  for (let i = 0; i < 3; i++) await waited(handler({}, contextOf()));
  expect(await waited(handler({}, contextOf()))).toBeLessThan(20);
});

test('it may be done now and then only; what waits leaves when it is due', async () => {
  const memory = memoryExporter();
  const handler = wrapped(memory, { flush: { every: 5 } });
  await waited(handler({}, contextOf()));
  expect(memory.value('faas.invocations')).toBe(1);
  for (let i = 0; i < 3; i++) await waited(handler({}, contextOf()));
  expect(memory.value('faas.invocations')).toBe(1);
  await vi.advanceTimersByTimeAsync(5000);
  expect(memory.value('faas.invocations')).toBe(4);
});
