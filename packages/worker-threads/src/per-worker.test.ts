import { Piscina } from 'piscina';
import { Tinypool } from 'tinypool';
import { expect, it, onTestFinished } from 'vitest';
import { observePool } from './index.ts';
import { observed, until } from './pools.test-support.ts';
import { TASKS } from './task-files.test-support.ts';
import { gate, hasStarted, open } from './tasks.test-support.ts';

const EACH = 'worker_pool.worker.utilization';

it('tells each thread of piscina apart, for as long as it is there', async () => {
  const scene = observed();
  const pool = new Piscina({ filename: TASKS, name: 'hold', minThreads: 2, maxThreads: 2 });
  onTestFinished(() => pool.destroy());
  observePool(pool, scene.telemetry, { name: 'p', perWorker: true });
  await new Promise(setImmediate);
  const held = gate('a');
  const giveUp = new AbortController();
  const running = pool.run(held, { signal: giveUp.signal }).catch(() => 'given up');
  await until(() => hasStarted(held));
  const ids = pool.threads.map(({ threadId }) => `thread.id=${threadId}`);
  await scene.clock.advance(10);
  const values = scene.series(EACH);
  expect(Object.keys(values).sort()).toEqual([...ids].sort());
  expect(Object.values(values).sort()).toEqual([0, 1]);
  expect(scene.series('worker_pool.utilization')).toEqual({ '': 0.5 });
  const busy = Object.keys(values).find((id) => values[id] === 1) as string;
  // Its thread is ended, and another takes its place.
  giveUp.abort();
  expect(await running).toBe('given up');
  await until(() => Object.keys(scene.series(EACH)).length === 2 && scene.series(EACH)[busy] === undefined);
  await scene.clock.advance(10);
  expect(Object.values(scene.series(EACH))).toEqual([0, 0]);
  await pool.destroy();
  expect(scene.series(EACH)).toEqual({});
});

it('knows a thread of piscina to be idle when its task is done', async () => {
  const scene = observed();
  const pool = new Piscina({ filename: TASKS, name: 'hold', minThreads: 1, maxThreads: 1 });
  onTestFinished(() => pool.destroy());
  observePool(pool, scene.telemetry, { name: 'p', perWorker: true });
  await new Promise(setImmediate);
  const held = gate('a');
  const running = pool.run(held);
  await scene.clock.advance(1);
  open(held);
  await running;
  await scene.clock.advance(3);
  expect(Object.values(scene.series(EACH))).toEqual([0.25]);
});

it('tells the threads of tinypool apart by their event loops, where these tell the truth', async () => {
  const scene = observed();
  const pool = new Tinypool({ filename: TASKS, name: 'hold', minThreads: 2, maxThreads: 2, useAtomics: false });
  onTestFinished(() => pool.destroy());
  observePool(pool, scene.telemetry, { name: 'p', perWorker: true });
  await Promise.all([pool.run('x', { name: 'describe' }), pool.run('x', { name: 'describe' })]);
  await scene.clock.advance(10);
  scene.series(EACH);
  const held = gate('a');
  const running = pool.run(held);
  await until(() => hasStarted(held));
  // Loops have clocks of their own.
  await new Promise((resolve) => setTimeout(resolve, 100));
  await scene.clock.advance(10);
  const [idle, busy] = Object.values(scene.series(EACH)).sort((a, b) => a - b) as [number, number];
  expect(busy).toBeGreaterThan(idle);
  expect(Object.keys(scene.series(EACH)).sort()).toEqual(
    pool.threads.map(({ threadId }) => `thread.id=${threadId}`).sort(),
  );
  open(held);
  await running;
  await pool.destroy();
  expect(scene.series(EACH)).toEqual({});
});
