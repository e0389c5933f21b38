import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { TelemetryError } from '@telltale/core';
import { Piscina } from 'piscina';
import { Tinypool } from 'tinypool';
import { describe, expect, it, onTestFinished } from 'vitest';
import { observePool, observeTask, taskWithContext } from './index.ts';
import { failureOf, LIBRARIES, observed, observedPool } from './pools.test-support.ts';
import { TASKS, TRACED_TASKS, UNHANDLED } from './task-files.test-support.ts';
import type { Found } from './traced-tasks.test-support.ts';

const DURATION = 'worker_pool.task.duration';

describe.each(LIBRARIES)('observePool with $name', (library) => {
  it('gives the same pool, and counts once when it is asked twice', async () => {
    const scene = observed();
    const pool = library.make({ filename: TASKS, maxThreads: 1, minThreads: 1 });
    onTestFinished(() => pool.destroy());
    expect(observePool(pool as never, scene.telemetry, { name: 'p' })).toBe(pool);
    const { run } = pool;
    expect(observePool(pool as never, scene.telemetry, { name: 'q' })).toBe(pool);
    expect(pool.run).toBe(run);
    await run('x', { name: 'describe' });
    expect(scene.series(DURATION)).toEqual({ 'task.name=describe': 1 });
    expect(scene.numbers()).toEqual([1, 0, 0]);
  });

  it('names tasks by their export, by their file, or as it is told', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tasks-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'resize.image.mjs');
    await writeFile(file, 'export default () => 1; export const crop = () => 2;');
    const scene = observed();
    const taskName = (task: unknown): string | undefined => {
      if (task === 'bad') throw new Error('no idea');
      return (task as { type?: string } | undefined)?.type;
    };
    const pool = observedPool(scene, library, 1, { taskName }, { filename: file, name: 'default' });
    await pool.run();
    await pool.run(undefined, { name: 'crop' });
    await pool.run({ type: 'thumbnail' });
    await pool.run('bad', { filename: new URL(`file://${file}`).href });
    expect(scene.series(DURATION)).toEqual({
      'task.name=resize.image': 2,
      'task.name=crop': 1,
      'task.name=thumbnail': 1,
    });
    expect(scene.problems).toEqual(['"taskName" of the pool "p" failed, so the task has its usual name: no idea']);
  });

  it('has so many names and no more', async () => {
    const scene = observed();
    const pool = observedPool(scene, library, 1, { taskName: String });
    await Promise.all(Array.from({ length: 103 }, (_, at) => pool.run(at, { name: 'describe' })));
    const counts = scene.series(DURATION);
    expect([Object.keys(counts).length, counts['task.name=99'], counts['task.name=other']]).toEqual([101, 1, 3]);
    expect(scene.problems).toEqual([
      'The pool "p" has had tasks of 100 names; further ones, first "100", are "other". Let "taskName" of observePool give few.',
    ]);
  });

  it('lets the pool refuse what is no run', async () => {
    const scene = observed();
    const pool = observedPool(scene, library, 1);
    if (library.name !== 'tinypool') expect(await failureOf(pool.run('x', null))).toBeInstanceOf(Error);
    const wrong = failureOf((async () => pool.run('x', { transferList: 'x' }))());
    expect(await wrong).toBeInstanceOf(Error);
    expect(scene.numbers()).toEqual([1, 0, 0]);
    expect(scene.problems).toEqual([]);
  });

  it('leaves the pool alone where tasks are not observed', () => {
    const { telemetry } = observed({ operations: { disable: ['task'] } });
    const pool = library.make({ filename: TASKS, maxThreads: 1, minThreads: 1 });
    onTestFinished(() => pool.destroy());
    const { run, destroy } = pool;
    observePool(pool as never, telemetry, { name: 'p' });
    expect([pool.run, pool.destroy]).toEqual([run, destroy]);
  });
});

describe('observePool', () => {
  it('observes processes of tinypool as it does threads', async () => {
    const scene = observed();
    const pool = new Tinypool({
      runtime: 'child_process',
      filename: TRACED_TASKS,
      name: 'find',
      maxThreads: 1,
      minThreads: 1,
    });
    onTestFinished(() => pool.destroy());
    observePool(pool, scene.telemetry, { name: 'p', context: true });
    const found = (await pool.run({ a: 1 })) as Found;
    const [span] = await scene.spans();
    expect(found).toMatchObject({
      payload: 'object {"a":1}',
      trace: { trace_id: span?.traceId, span_id: span?.spanId },
    });
    expect(await pool.run(undefined)).toMatchObject({ payload: 'undefined undefined' });
    expect(scene.numbers()).toEqual([1, 0, 0]);
    expect(scene.series(DURATION)).toEqual({ 'task.name=find': 2 });
  });

  it('ends with the close of a pool of piscina', async () => {
    const scene = observed();
    const pool = new Piscina({ filename: TASKS, name: 'describe', maxThreads: 1, minThreads: 1 });
    observePool(pool, scene.telemetry, { name: 'p' });
    await pool.run('x');
    expect(scene.numbers()).toEqual([1, 0, 0]);
    await pool.close();
    expect(scene.numbers()).toEqual([undefined, undefined, undefined]);
  });

  it('lets a failure that nobody handles be told of as before', async () => {
    const program = new Worker(UNHANDLED);
    expect(await once(program, 'error')).toEqual([new RangeError('nobody handles it')]);
  });

  it('says what is wrong with what it is given, and how to mend it', () => {
    const { telemetry } = observed();
    const pool = new Tinypool({ filename: TASKS, maxThreads: 1, minThreads: 0 });
    onTestFinished(() => pool.destroy());
    const messageOf = (observe: () => unknown): string => {
      try {
        observe();
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_OPTION' });
        expect(error).toBeInstanceOf(TelemetryError);
        return (error as Error).message;
      }
      return 'nothing was thrown';
    };
    const wrong = (...args: unknown[]) => messageOf(() => (observePool as (...given: unknown[]) => unknown)(...args));
    expect(wrong(pool, undefined, { name: 'p' })).toBe(
      'observePool needs a telemetry: observePool(pool, createTelemetry({ … }), { name }).',
    );
    expect(wrong(pool, telemetry, undefined)).toBe('"observePool" is of type undefined; give an object.');
    expect(wrong(pool, telemetry, {})).toBe(
      "The pool given to observePool has no name; give it one: { name: 'thumbnails' }.",
    );
    expect(wrong(pool, telemetry, { name: 'p', contxt: true })).toBe(
      'Unknown option "observePool.contxt"; did you mean "context"? Known are name, perWorker, context, taskName.',
    );
    expect(wrong([], telemetry, { name: 'p', context: true })).toBe(
      'Unknown option "observePool.context". Known are name, perWorker.',
    );
    expect(wrong(pool, telemetry, { name: 'p', context: 1 })).toBe(
      '"context" of observePool is of type number; give true or false.',
    );
    expect(wrong(pool, telemetry, { name: 'p', taskName: 'resize' })).toBe(
      '"taskName" of observePool is of type string; give a function: (task) => task.type.',
    );
    expect(wrong(pool, telemetry, { name: 'p', perWorker: true })).toBe(
      '"perWorker" of observePool needs to see which threads are busy, which tinypool, and piscina before 5, do not tell while their threads wait by Atomics. Make the pool of threads with "useAtomics: false", or leave "perWorker" out.',
    );
    const threads =
      'observePool needs a pool of piscina or tinypool, an array or Set of threads, or a function that gives them: observePool(() => pool.workers, telemetry, { name }).';
    for (const given of [undefined, null, 7, {}, [].values()])
      expect(wrong(given, telemetry, { name: 'p' })).toBe(threads);
    expect(wrong([{}], telemetry, { name: 'p' })).toBe(
      'The pool "p" given to observePool has something in it that is no thread; give workers of node:worker_threads.',
    );
    expect(messageOf(() => observeTask(undefined as never, telemetry))).toBe(
      'observeTask got a value of type undefined; give the function that does the task: observeTask(resize, telemetry).',
    );
    expect(messageOf(() => observeTask(() => 1, {} as never))).toBe(
      'observeTask needs a telemetry: observeTask(resize, createTelemetry({ … })).',
    );
    expect(telemetry.snapshot().metrics.filter(({ name }) => name.startsWith('worker_pool.'))).toEqual([]);
  });
});

describe('observeTask', () => {
  it('is the function it is given: its this, its arguments, what it returns and throws', () => {
    const { telemetry } = observed();
    const task = observeTask(function (this: { factor: number }, by: number, ...rest: number[]) {
      if (by === 0) throw new RangeError('zero');
      return [this.factor * by, ...rest];
    }, telemetry);
    const owner = { factor: 2, task };
    expect(owner.task(3, 4, 5)).toEqual([6, 4, 5]);
    expect(owner.task(taskWithContext(3, telemetry) as number, 4)).toEqual([6, 4]);
    expect(() => owner.task(0)).toThrow(new RangeError('zero'));
  });

  it('takes a task as it is where no context came with it', () => {
    const { telemetry } = observed();
    const task = { image: 'a.png' };
    expect(taskWithContext(task, telemetry)).toBe(task);
    const context = telemetry.span('request', () => taskWithContext(task, telemetry));
    expect(context).not.toBe(task);
    const seen = observeTask((given: unknown) => [given, telemetry.logFields().trace_id], telemetry);
    expect(seen(context)).toEqual([task, expect.stringMatching(/^[\da-f]{32}$/)]);
    expect(seen(task)).toEqual([task, undefined]);
  });
});
