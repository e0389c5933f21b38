import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import { type ObservableThread, observePool, taskWithContext } from './index.ts';
import { observed, until } from './pools.test-support.ts';
import { TRACED_TASKS } from './task-files.test-support.ts';
import { gate, hasStarted, open } from './tasks.test-support.ts';
import type { Found, Message } from './traced-tasks.test-support.ts';

const UTILIZATION = 'worker_pool.utilization';
const EACH = 'worker_pool.worker.utilization';

function worker(): Worker {
  const thread = new Worker(TRACED_TASKS);
  onTestFinished(async () => void (await thread.terminate()));
  return thread;
}

/** A thread that says what it is told to say of its event loop. */
function thread(threadId: number): ObservableThread & { idle: number; active: number; performance: object } {
  const loop = { idle: 0, active: 0 };
  return Object.assign(loop, {
    threadId,
    once: () => undefined,
    performance: { eventLoopUtilization: () => ({ idle: loop.idle, active: loop.active }) },
  });
}

async function answer(one: Worker, message: Message | object): Promise<unknown> {
  one.postMessage(message);
  const [result] = await once(one, 'message');
  return result;
}

it('has the utilization of event loops over the last window, of the pool and of each thread', async () => {
  const scene = observed();
  const [one, two] = [thread(1), thread(2)];
  // What was before is none of it.
  one.active = 60_000;
  const threads = [one];
  observePool(threads, scene.telemetry, { name: 'p', perWorker: true });
  one.active += 1000;
  one.idle += 1000;
  await scene.clock.advance(2);
  expect([scene.series(UTILIZATION), scene.series(EACH)]).toEqual([{ '': 0.5 }, { 'thread.id=1': 0.5 }]);
  threads.push(two);
  expect(scene.numbers()[0]).toBe(2);
  one.idle += 10_000;
  two.active += 4000;
  two.idle += 6000;
  await scene.clock.advance(10);
  expect([scene.series(UTILIZATION), scene.series(EACH)]).toEqual([
    { '': 0.2 },
    { 'thread.id=1': 0, 'thread.id=2': 0.4 },
  ]);
  threads.shift();
  two.active += 10_000;
  await scene.clock.advance(10);
  expect([scene.series(UTILIZATION), scene.series(EACH)]).toEqual([{ '': 1 }, { 'thread.id=2': 1 }]);
  expect(scene.series('worker_pool.work.time')).toEqual({ '': 15 });
  // Nobody tells of tasks, so nobody knows how many threads are busy.
  expect(scene.numbers()).toEqual([1, undefined, undefined]);
});

it('sees real threads at work', async () => {
  const scene = observed();
  const threads = new Map([worker(), worker()].map((one) => [one.threadId, one]));
  observePool(() => threads.values(), scene.telemetry, { name: 'p', perWorker: true });
  const [busy, idle] = [...threads.values()] as [Worker, Worker];
  await Promise.all([answer(busy, { task: 'find' }), answer(idle, { task: 'find' })]);
  await scene.clock.advance(1);
  scene.series(EACH);
  const held = gate('a');
  const done = answer(busy, { task: 'hold', payload: held });
  await until(() => hasStarted(held));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await scene.clock.advance(1);
  const { [`thread.id=${busy.threadId}`]: more, [`thread.id=${idle.threadId}`]: less } = scene.series(EACH);
  expect(more).toBeGreaterThan(less as number);
  open(held);
  await done;
});

it('counts threads that end and why, and leaves their errors to whoever handles them', async () => {
  const scene = observed();
  const [first, second, third] = [worker(), worker(), worker()];
  const pool = observePool([first, second, third], scene.telemetry, { name: 'p' });
  expect(scene.numbers()[0]).toBe(3);
  first.postMessage({ task: 'crash' });
  expect(await once(first, 'error')).toEqual([new RangeError('by hand')]);
  second.postMessage({ task: 'leave' });
  await until(() => scene.numbers()[0] === 1);
  expect(scene.series('worker_pool.exits')).toEqual({ '': 1, 'error.type=RangeError': 1 });
  expect(pool.size).toBe(1);
  // One that had ended before is not there at all.
  observePool(new Set([first]), scene.telemetry, { name: 'q' });
  expect(scene.telemetry.snapshot().metrics.find(({ name }) => name === 'worker_pool.size')?.points).toMatchObject([
    { value: 1 },
    { value: 0 },
  ]);
});

it('runs tasks in the trace of whoever asked for them', async () => {
  const scene = observed();
  const one = worker();
  const threads = [one];
  const pool = observePool(threads, scene.telemetry, { name: 'p' });
  const found = (await scene.telemetry.span('request', () =>
    pool.task('find', () => answer(one, taskWithContext({ task: 'find', payload: 1 }, scene.telemetry))),
  )) as Found;
  const [task, request] = await scene.spans();
  expect([task?.name, task?.parentSpanId]).toEqual(['find', request?.spanId]);
  expect(found).toMatchObject({ payload: 'number 1', trace: { trace_id: request?.traceId, span_id: task?.spanId } });
  expect(scene.series('worker_pool.task.duration')).toEqual({ 'task.name=find': 1 });
  expect(scene.numbers()).toEqual([1, 0, 0]);
});

it('counts threads once when they are observed twice, and again after the end', () => {
  const scene = observed();
  const threads = [thread(1)];
  const pool = observePool(threads, scene.telemetry, { name: 'p' });
  expect(observePool(threads, scene.telemetry, { name: 'p' })).toBe(pool);
  expect(scene.numbers()[0]).toBe(1);
  pool.close();
  expect(scene.numbers()[0]).toBeUndefined();
  expect(observePool(threads, scene.telemetry, { name: 'p' })).not.toBe(pool);
  expect(scene.numbers()[0]).toBe(1);
});

it('goes on when its threads cannot be had', () => {
  const scene = observed();
  let owner: { readonly threads: ObservableThread[] } | undefined = { threads: [thread(1)] };
  observePool(() => (owner as { threads: ObservableThread[] }).threads, scene.telemetry, { name: 'p' });
  owner = undefined;
  expect(scene.numbers()[0]).toBe(1);
  expect(scene.problems).toEqual([expect.stringMatching(/^Worker pool "p" could not be read/)]);
});
