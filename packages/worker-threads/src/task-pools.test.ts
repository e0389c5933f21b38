import { describe, expect, it } from 'vitest';
import { failureOf, LIBRARIES, observed, observedPool, until } from './pools.test-support.ts';
import { gate, hasStarted, open } from './tasks.test-support.ts';

const DURATION = 'worker_pool.task.duration';
const WAIT = 'worker_pool.task.wait.duration';

// Tinypool does not notice it, and the task never ends.
describe.each(LIBRARIES.filter(({ name }) => name !== 'tinypool'))('a pool of $name', (library) => {
  it('counts threads that end themselves, and what they did', async () => {
    const scene = observed();
    const pool = observedPool(scene, library, 1);
    expect(await failureOf(pool.run(3, { name: 'leave' }))).toBeInstanceOf(Error);
    await until(() => scene.series('worker_pool.exits')[''] === 1);
    expect(scene.series(DURATION)).toEqual({ 'error.type=Error,task.name=leave': 1 });
    expect(await pool.run('on', { name: 'describe' })).toBe('string "on"');
    expect(scene.numbers()).toEqual([1, 0, 0]);
  });
});

describe.each(LIBRARIES)('a pool of $name', (library) => {
  it('has wait and run time of each task, in whatever order the pool takes them up', async () => {
    const scene = observed();
    const pool = observedPool(scene, library, 2, { taskName: (task) => (task as { id: string }).id });
    const gates = ['a', 'b', 'c', 'd', 'e'].map(gate);
    const runs = new Map(gates.map((one) => [one, pool.run(one)]));
    expect(scene.numbers()).toEqual([2, 2, 3]);
    expect(pool.queueSize).toBe(3);
    const [begins, ends] = [new Map<string, number>(), new Map<string, number>()];
    for (let now = 0; ends.size < gates.length; now++) {
      const busy = Math.min(2, gates.length - ends.size);
      const running = () => gates.filter((one) => hasStarted(one) && !ends.has(one.id));
      await until(() => running().length === busy);
      expect(scene.numbers()).toEqual([2, busy, gates.length - ends.size - busy]);
      for (const { id } of running()) if (!begins.has(id)) begins.set(id, now);
      await scene.clock.advance(1);
      const next = running()[0] as (typeof gates)[number];
      open(next);
      expect(await runs.get(next)).toBe(next.id);
      ends.set(next.id, now + 1);
    }
    const expected = (of: (id: string) => number) =>
      Object.fromEntries(gates.map(({ id }) => [`task.name=${id}`, of(id)]));
    expect(scene.sums(WAIT)).toEqual(expected((id) => begins.get(id) as number));
    expect(scene.sums(DURATION)).toEqual(expected((id) => (ends.get(id) as number) - (begins.get(id) as number)));
    expect(scene.numbers()).toEqual([2, 0, 0]);
    expect(scene.problems).toEqual([]);
  });

  it('tells how busy its threads were over the last window, not over its life', async () => {
    const scene = observed();
    const pool = observedPool(scene, library, 2);
    const held = gate('a');
    const running = pool.run(held);
    await scene.clock.advance(10);
    expect(scene.series('worker_pool.utilization')).toEqual({ '': 0.5 });
    open(held);
    await running;
    await scene.clock.advance(10);
    expect(scene.series('worker_pool.utilization')).toEqual({ '': 0 });
    expect(scene.series('worker_pool.work.time')).toEqual({ '': 10 });
  });

  it('counts every task, those that fail by what they threw', async () => {
    const scene = observed();
    const pool = observedPool(scene, library, 2);
    const failed = Array.from({ length: 20 }, () => failureOf(pool.run('no', { name: 'fail' })));
    const done = Array.from({ length: 30 }, () => pool.run('yes', { name: 'describe' }));
    expect(await Promise.all(done)).toEqual(Array.from({ length: 30 }, () => 'string "yes"'));
    expect(await Promise.all(failed)).toEqual(Array.from({ length: 20 }, () => new RangeError('no')));
    expect(scene.series(DURATION)).toEqual({ 'task.name=describe': 30, 'error.type=RangeError,task.name=fail': 20 });
    expect(scene.series(WAIT)).toEqual({ 'task.name=describe': 30, 'task.name=fail': 20 });
    expect(scene.numbers()).toEqual([2, 0, 0]);
  });

  it('counts tasks that were given up, those that ran and those that waited', async () => {
    const scene = observed();
    const pool = observedPool(scene, library, 1);
    const [running, waiting] = [new AbortController(), new AbortController()];
    const runs = [running, waiting].map(({ signal }) => failureOf(pool.run(gate('a'), { signal })));
    await scene.clock.advance(2);
    waiting.abort();
    expect(await runs[1]).toMatchObject({ name: 'AbortError' });
    expect(scene.numbers()).toEqual([1, 1, 0]);
    await scene.clock.advance(1);
    running.abort();
    expect(await runs[0]).toMatchObject({ name: 'AbortError' });
    const key = 'error.type=AbortError,task.name=hold';
    expect([scene.series(DURATION), scene.sums(DURATION)]).toEqual([{ [key]: 2 }, { [key]: 3 }]);
    expect(scene.sums(WAIT)).toEqual({ 'task.name=hold': 2 });
    // The thread of the first was ended, and has a successor.
    await until(() => scene.series('worker_pool.exits')[''] === 1);
    expect(scene.numbers()).toEqual([1, 0, 0]);
    expect(await pool.run('on', { name: 'describe' })).toBe('string "on"');
  });

  it('counts threads that crash, and what they did', async () => {
    const scene = observed();
    const pool = observedPool(scene, library, 1);
    expect(await failureOf(pool.run('gone', { name: 'crash' }))).toEqual(new RangeError('gone'));
    await until(() => scene.series('worker_pool.exits')['error.type=RangeError'] === 1);
    expect(scene.series(DURATION)).toEqual({ 'error.type=RangeError,task.name=crash': 1 });
    expect(await pool.run('on', { name: 'describe' })).toBe('string "on"');
    expect(scene.numbers()).toEqual([1, 0, 0]);
    expect(scene.series('worker_pool.exits')).toEqual({ 'error.type=RangeError': 1 });
  });

  it('counts the tasks that it is destroyed with, and reports nothing after that', async () => {
    const scene = observed();
    const pool = observedPool(scene, library, 1);
    const runs = [pool.run(gate('a')), pool.run(gate('b')), pool.run(gate('c'))];
    const ended = Promise.allSettled(runs);
    await pool.destroy();
    expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(scene.series(DURATION)).toEqual({ 'error.type=Error,task.name=hold': 3 });
    expect(scene.numbers()).toEqual([undefined, undefined, undefined]);
    await expect(pool.destroy()).resolves.toBeUndefined();
  });

  it('grows and shrinks', async () => {
    const scene = observed();
    const pool = observedPool(scene, library, 1, {}, { minThreads: 1, maxThreads: 3, idleTimeout: 1 });
    const gates = ['a', 'b', 'c'].map(gate);
    const runs = gates.map((one) => pool.run(one));
    await until(() => gates.every(hasStarted));
    expect(scene.numbers()).toEqual([3, 3, 0]);
    gates.forEach(open);
    await Promise.all(runs);
    await until(() => scene.numbers()[0] === 1);
    await until(() => scene.series('worker_pool.exits')[''] === 2);
  });

  it('counts threads as busy, not what they do at a time', async () => {
    const scene = observed();
    const pool = observedPool(scene, library, 2, {}, { concurrentTasksPerWorker: 3 });
    const gates = ['a', 'b', 'c', 'd'].map(gate);
    const runs = gates.map((one) => pool.run(one, { name: 'wait' }));
    await until(() => gates.every(hasStarted));
    await scene.clock.advance(2);
    expect(scene.numbers()).toEqual([2, 2, 0]);
    expect(scene.series('worker_pool.utilization')).toEqual({ '': 1 });
    gates.forEach(open);
    await Promise.all(runs);
  });

  it('counts what the pool refuses', async () => {
    const scene = observed();
    const pool = observedPool(scene, library, 1, {}, { maxQueue: 1 });
    const gates = ['a', 'b', 'c'].map(gate);
    const [first, second, third] = gates.map((one) => pool.run(one).catch((error: unknown) => error));
    expect(await third).toEqual(new Error('Task queue is at limit'));
    expect(scene.numbers()).toEqual([1, 1, 1]);
    expect(scene.series(DURATION)).toEqual({ 'error.type=Error,task.name=hold': 1 });
    gates.forEach(open);
    await Promise.all([first, second]);
    await expect(pool.run('x', { filename: '/nowhere/to/be/found.js' })).rejects.toThrow();
    expect(scene.series(DURATION)).toMatchObject({ 'task.name=hold': 2 });
    expect(scene.numbers()).toEqual([1, 0, 0]);
  });

  it('is told of what cannot be sent', async () => {
    const scene = observed();
    const pool = observedPool(scene, library, 1);
    await expect(pool.run(() => {})).rejects.toMatchObject({ name: 'DataCloneError' });
    // By name: its code is a number of old.
    expect(Object.keys(scene.series(DURATION))).toEqual(['error.type=DataCloneError,task.name=hold']);
    expect(scene.numbers()).toEqual([1, 0, 0]);
  });
});
