import { createTelemetry } from '@telltale/core';
import { gather } from '@telltale/gather';
import { memoryExporter } from '@telltale/testing';
import { Piscina } from 'piscina';
import { Tinypool } from 'tinypool';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ObservablePool, observePool } from './index.ts';
import { GATHERED_TASKS } from './task-files.test-support.ts';

interface Pool extends ObservablePool {
  run(image: string): Promise<number>;
}

const POOLS = [
  ['piscina', (options: object) => new Piscina({ ...options, atomics: 'async' })],
  ['tinypool', (options: object) => new Tinypool({ ...options, useAtomics: false })],
] as const;

function gathering() {
  const memory = memoryExporter({ interval: 3600 });
  const problems: string[] = [];
  const telemetry = createTelemetry({
    service: { name: 'shop' },
    exporters: [memory],
    gather: gather(),
    shutdown: { signals: false },
    onError: (error) => void problems.push(error.message),
  });
  onTestFinished(() => telemetry.shutdown());
  return { memory, telemetry, problems };
}

describe.each(POOLS)('what threads of %s record', (_, make) => {
  it('is exported by the process that has the pool, as one picture', async () => {
    const { memory, telemetry, problems } = gathering();
    const threads = { filename: GATHERED_TASKS, name: 'render', minThreads: 2, maxThreads: 2 };
    const pool = observePool(make(threads) as unknown as Pool, telemetry, { name: 'p', context: true });
    onTestFinished(async () => void (await pool.destroy()));
    const images = Array.from({ length: 20 }, () => 'a.png');
    const sizes = await telemetry.span('request', () => Promise.all(images.map((image) => pool.run(image))));
    expect(sizes).toEqual(images.map(({ length }) => length));
    await vi.waitFor(
      async () => {
        await telemetry.flush();
        expect(memory.value('rendered', { image: 'a.png' })).toBe(20);
        expect(memory.spans.filter(({ name }) => name === 'scale')).toHaveLength(20);
      },
      { timeout: 10_000, interval: 50 },
    );
    expect(memory.value('worker_pool.task.duration', { 'task.name': 'render' })).toBe(20);
    const [request] = memory.spans.filter(({ name }) => name === 'request');
    const tasks = new Map(memory.spans.filter(({ name }) => name === 'render').map((span) => [span.spanId, span]));
    for (const { name, traceId, parentSpanId = '' } of memory.spans) {
      expect(traceId).toBe(request?.traceId);
      if (name === 'scale') expect(tasks.get(parentSpanId)?.parentSpanId).toBe(request?.spanId);
    }
    expect(problems).toEqual([]);
  });
});

it('tells of threads that cannot hand over what they record while they wait', async () => {
  const { telemetry, problems } = gathering();
  const threads = { filename: GATHERED_TASKS, minThreads: 0, maxThreads: 1 };
  for (const pool of [new Piscina(threads), new Tinypool(threads)]) {
    onTestFinished(() => pool.destroy());
    observePool(pool as ObservablePool, telemetry, { name: pool.constructor.name, context: true });
  }
  expect(problems).toEqual([
    'The threads of the pool "Piscina" wait by Atomics, and cannot hand over what they record while they do; make the pool with "atomics: \'async\'".',
    'The threads of the pool "Tinypool" wait by Atomics, and cannot hand over what they record while they do; make the pool with "useAtomics: false".',
  ]);
});
