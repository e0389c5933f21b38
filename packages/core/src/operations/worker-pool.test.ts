import { describe, expect, it } from 'vitest';
import type { WorkerPoolReading } from '../index.ts';
import { allSeriesOf, pointsOf, seriesOf, testTelemetry, tracedTelemetry } from '../telemetry.test-support.ts';

/** Work that ends when it is told to. */
function work() {
  let resolve: () => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<void>((onDone, onFail) => {
    resolve = onDone;
    reject = onFail;
  });
  return { promise, resolve, reject };
}

const POOL = '{worker_pool.name=p}';

describe('a worker pool', () => {
  it('shares its series with others of its name: their numbers add up, their utilization is that of all workers', () => {
    const { telemetry, clock } = testTelemetry();
    const busy = telemetry.workerPool('p', { size: 1 });
    const idle = telemetry.workerPool('p', { size: 3 });
    void busy.task('resize', () => work().promise);
    void busy.task('resize', () => work().promise);
    clock.advance(2);
    expect(allSeriesOf(telemetry)).toMatchObject({
      [`worker_pool.size${POOL}`]: 4,
      [`worker_pool.busy${POOL}`]: 1,
      [`worker_pool.pending${POOL}`]: 1,
      [`worker_pool.utilization${POOL}`]: 0.25,
    });
    idle.close();
    expect(seriesOf(telemetry, 'worker_pool.size')).toEqual({ [POOL]: 1 });
  });

  it('accounts for five tasks on two workers', async () => {
    const { telemetry, clock, events } = testTelemetry();
    const pool = telemetry.workerPool('p', { size: 2 });
    const works = Array.from({ length: 5 }, () => work());
    const tasks = works.map(({ promise }) => pool.task('resize', () => promise));
    expect(tasks[0]).toBe(works[0]?.promise);
    expect([pool.size, pool.busy, pool.pending]).toEqual([2, 2, 3]);
    expect(allSeriesOf(telemetry)).toMatchObject({
      [`worker_pool.size${POOL}`]: 2,
      [`worker_pool.busy${POOL}`]: 2,
      [`worker_pool.pending${POOL}`]: 3,
      'worker_pool.task.wait.duration{task.name=resize,worker_pool.name=p}': 2,
    });
    for (const one of works) {
      clock.advance(1);
      one.resolve();
      await one.promise;
    }
    expect([pool.busy, pool.pending]).toEqual([0, 0]);
    // Taken up at 0, 0, 1, 2 and 3; ended at 1, 2, 3, 4 and 5.
    expect(pointsOf(telemetry, 'worker_pool.task.wait.duration')[0]).toMatchObject({ count: 5, sum: 6, max: 3 });
    expect(pointsOf(telemetry, 'worker_pool.task.duration')[0]).toMatchObject({ count: 5, sum: 9 });
    expect(events.map(({ kind, name, startTime, duration }) => [kind, name, startTime, duration])).toEqual([
      ['task', 'resize', 1_700_000_000, 1],
      ['task', 'resize', 1_700_000_000, 2],
      ['task', 'resize', 1_700_000_000, 2],
      ['task', 'resize', 1_700_000_000, 2],
      ['task', 'resize', 1_700_000_000, 2],
    ]);
  });

  it('has tasks that end although others were thought to be before them', async () => {
    const { telemetry, clock } = testTelemetry();
    const pool = telemetry.workerPool('p', { size: 1 });
    const [first, second] = [work(), work()];
    void pool.task('t', () => first.promise);
    void pool.task('t', () => second.promise);
    clock.advance(2);
    second.resolve();
    await second.promise;
    expect([pool.busy, pool.pending]).toEqual([1, 0]);
    first.resolve();
    await first.promise;
    expect([pool.busy, pool.pending]).toEqual([0, 0]);
    expect(pointsOf(telemetry, 'worker_pool.task.duration')[0]).toMatchObject({ count: 2, sum: 4 });
    expect(pointsOf(telemetry, 'worker_pool.task.wait.duration')[0]).toMatchObject({ count: 2, sum: 0 });
  });

  it('gives what synchronous work gives, and throws what it throws', () => {
    const { telemetry, events } = testTelemetry();
    const pool = telemetry.workerPool('p', { size: 1 });
    const value = {};
    expect(pool.task('good', () => value)).toBe(value);
    const error = new SyntaxError('no');
    expect(() =>
      pool.task('bad', () => {
        throw error;
      }),
    ).toThrow(error);
    expect(seriesOf(telemetry, 'worker_pool.task.duration')).toEqual({
      '{task.name=good,worker_pool.name=p}': 1,
      '{error.type=SyntaxError,task.name=bad,worker_pool.name=p}': 1,
    });
    expect(events.map(({ outcome }) => outcome)).toEqual(['completed', 'failed']);
    expect([pool.busy, pool.pending]).toEqual([0, 0]);
  });

  it('says which part of the time its workers were busy', async () => {
    const { telemetry, clock } = testTelemetry();
    const pool = telemetry.workerPool('p', { size: 2 });
    const utilization = (): number | undefined => seriesOf(telemetry, 'worker_pool.utilization')[POOL];
    expect(utilization()).toBe(0);
    const one = work();
    void pool.task('t', () => one.promise);
    clock.advance(0.5);
    expect(utilization()).toBe(0.5);
    clock.advance(9.5);
    expect(utilization()).toBe(0.5);
    clock.advance(5);
    one.resolve();
    await one.promise;
    clock.advance(15);
    expect(utilization()).toBe(0.125);
  });

  it('says the same to several who read at about the same time', () => {
    const { telemetry, clock } = testTelemetry();
    const pool = telemetry.workerPool('p', { size: 2 });
    void pool.task('t', () => work().promise);
    clock.advance(10);
    expect(pool.utilization()).toBe(0.5);
    expect(pool.utilization()).toBe(0.5);
    clock.advance(0.9);
    void pool.task('t', () => work().promise);
    expect(pool.utilization()).toBe(0.5);
    clock.advance(9);
    expect(pool.utilization()).toBeCloseTo((0.9 * 0.5 + 9) / 9.9, 9);
  });

  it('grows and shrinks', () => {
    const { telemetry, clock, problems } = testTelemetry();
    const pool = telemetry.workerPool('p', { size: 1 });
    for (let at = 0; at < 4; at++) void pool.task('t', () => work().promise);
    clock.advance(2);
    pool.resize(3);
    expect([pool.size, pool.busy, pool.pending]).toEqual([3, 3, 1]);
    clock.advance(2);
    expect(pool.utilization()).toBe(1);
    pool.resize(1);
    expect([pool.size, pool.busy, pool.pending]).toEqual([1, 3, 1]);
    pool.resize(Number.NaN);
    pool.resize(-1);
    expect(pool.size).toBe(1);
    expect(problems.map(({ message }) => message)).toEqual([
      'Worker pool "p" was given a wrong size, which was ignored; give the number of its workers.',
    ]);
    pool.resize(0);
    clock.advance(2);
    expect(pool.utilization()).toBe(0);
  });

  it('has tasks that are told of: they wait until they begin, and run until they end', () => {
    const { telemetry, clock, events } = testTelemetry();
    const pool = telemetry.workerPool('p', { size: 1 });
    const [first, second] = [pool.track('resize'), pool.track('resize')];
    expect([pool.busy, pool.pending]).toEqual([0, 2]);
    clock.advance(1);
    second.begin();
    second.begin();
    expect([pool.busy, pool.pending]).toEqual([1, 1]);
    clock.advance(2);
    second.end();
    second.end(new Error('too late'));
    first.begin();
    clock.advance(4);
    first.end(new RangeError('no'));
    first.begin();
    expect([pool.busy, pool.pending]).toEqual([0, 0]);
    expect(pointsOf(telemetry, 'worker_pool.task.wait.duration')).toMatchObject([{ count: 2, sum: 4, max: 3 }]);
    expect(pointsOf(telemetry, 'worker_pool.task.duration')).toMatchObject([
      { attributes: {}, count: 1, sum: 2 },
      { attributes: { 'error.type': 'RangeError' }, count: 1, sum: 4 },
    ]);
    expect(events.map(({ duration, outcome }) => [duration, outcome])).toEqual([
      [2, 'completed'],
      [4, 'failed'],
    ]);
  });

  it('has tasks that end before they begin: these waited, and took no time', () => {
    const { telemetry, clock } = testTelemetry();
    const pool = telemetry.workerPool('p', { size: 1 });
    const task = pool.track('resize');
    clock.advance(3);
    task.end(new DOMException('given up', 'AbortError'));
    expect([pool.busy, pool.pending]).toEqual([0, 0]);
    expect(pointsOf(telemetry, 'worker_pool.task.wait.duration')).toMatchObject([{ count: 1, sum: 3 }]);
    expect(pointsOf(telemetry, 'worker_pool.task.duration')).toMatchObject([
      { attributes: { 'error.type': 'AbortError' }, count: 1, sum: 0 },
    ]);
  });

  it('counts workers as busy with what is no task of it', () => {
    const { telemetry, clock, problems } = testTelemetry();
    const pool = telemetry.workerPool('p', { size: 2 });
    pool.began();
    pool.began();
    void pool.task('t', () => work().promise);
    expect([pool.busy, pool.pending]).toEqual([2, 1]);
    clock.advance(2);
    pool.ended();
    expect([pool.busy, pool.pending]).toEqual([2, 0]);
    pool.ended();
    clock.advance(2);
    expect(allSeriesOf(telemetry)).toMatchObject({
      [`worker_pool.busy${POOL}`]: 1,
      [`worker_pool.utilization${POOL}`]: 0.75,
      [`worker_pool.work.time${POOL}`]: 6,
    });
    expect(allSeriesOf(telemetry)).not.toHaveProperty(`worker_pool.task.duration${POOL}`);
    pool.ended();
    expect(pool.busy).toBe(1);
    expect(problems.map(({ message }) => message)).toEqual([
      'Worker pool "p" was told of more ends than beginnings; call "ended" once for each "began".',
    ]);
  });

  it('shows how busy it is from the start, and nothing of waiting, where it has no tasks', () => {
    const { telemetry, clock } = testTelemetry();
    let size = 2;
    const pool = telemetry.workerPool('p', { size, tasks: false, read: () => ({ size }) });
    const shown = () =>
      Object.fromEntries(
        Object.entries(allSeriesOf(telemetry)).map(([series, value]) => [series.split('{')[0], value]),
      );
    expect(shown()).toMatchObject({ 'worker_pool.size': 2, 'worker_pool.busy': 0, 'worker_pool.utilization': 0 });
    pool.began();
    size = 4;
    clock.advance(2);
    expect(shown()).toMatchObject({ 'worker_pool.size': 4, 'worker_pool.busy': 1, 'worker_pool.utilization': 0.5 });
    expect(Object.keys(shown())).not.toContain('worker_pool.pending');
  });

  it('has workers that run several tasks at a time', () => {
    const { telemetry, clock } = testTelemetry();
    const pool = telemetry.workerPool('p', { size: 2, tasksPerWorker: 2 });
    for (let at = 0; at < 5; at++) void pool.task('t', () => work().promise);
    expect([pool.size, pool.busy, pool.pending]).toEqual([2, 2, 1]);
    clock.advance(2);
    expect(pool.utilization()).toBe(1);
  });

  it('counts the time of work without end, so that whoever reads can take it over a window of their own', () => {
    const { telemetry, clock } = testTelemetry();
    const read = () => seriesOf(telemetry, 'worker_pool.work.time')[POOL];
    const pool = telemetry.workerPool('p', { size: 2 });
    expect(read()).toBe(0);
    const task = pool.track('t');
    task.begin();
    clock.advance(3);
    expect(read()).toBe(3);
    clock.advance(0.5);
    expect(read()).toBe(3.5);
    task.end();
    clock.advance(10);
    pool.close();
    expect(read()).toBe(3.5);
    telemetry.workerPool('p', { size: 1 }).track('t').begin();
    clock.advance(1);
    expect(read()).toBe(4.5);
  });

  it('believes a pool that knows its size and how long its workers worked', () => {
    const { telemetry, clock } = testTelemetry();
    let reading: WorkerPoolReading = { size: 2, time: { worked: 0, total: 0 } };
    const pool = telemetry.workerPool('p', { size: 0, read: () => reading });
    clock.advance(10);
    reading = { size: 3, time: { worked: 5, total: 20 } };
    // Nobody has told of tasks, so nobody knows how many are busy now.
    expect(allSeriesOf(telemetry)).toEqual({
      [`worker_pool.size${POOL}`]: 3,
      [`worker_pool.utilization${POOL}`]: 0.25,
      [`worker_pool.work.time${POOL}`]: 5,
    });
    pool.track('t').begin();
    clock.advance(10);
    reading = { size: 0, time: { worked: 35, total: 50 } };
    expect(allSeriesOf(telemetry)).toMatchObject({
      [`worker_pool.size${POOL}`]: 0,
      [`worker_pool.busy${POOL}`]: 1,
      [`worker_pool.pending${POOL}`]: 0,
      [`worker_pool.utilization${POOL}`]: 0,
      [`worker_pool.work.time${POOL}`]: 35,
    });
    expect(pool.utilization()).toBe(1);
  });

  it('goes on when it cannot be read', () => {
    const { telemetry, problems } = testTelemetry();
    telemetry.workerPool('p', {
      size: 2,
      read: () => {
        throw new Error('gone');
      },
    });
    expect(seriesOf(telemetry, 'worker_pool.size')).toEqual({ [POOL]: 2 });
    expect(problems.map(({ message }) => message)).toEqual([
      'Worker pool "p" could not be read (gone); its numbers are those before.',
    ]);
  });

  it('counts workers that ended, and why', () => {
    const { telemetry } = testTelemetry();
    const pool = telemetry.workerPool('p', { size: 2 });
    pool.exited();
    pool.exited();
    pool.exited(new RangeError('no'));
    expect(seriesOf(telemetry, 'worker_pool.exits')).toEqual({
      [POOL]: 2,
      '{error.type=RangeError,worker_pool.name=p}': 1,
    });
  });

  it('reports workers apart for as long as they are there', () => {
    const { telemetry, clock } = testTelemetry();
    const pool = telemetry.workerPool('p', { size: 2 });
    let time = { worked: 0, total: 0 };
    const told = pool.worker({ 'thread.id': 1 });
    const asked = pool.worker({ 'thread.id': 2 }, () => time);
    const read = () => seriesOf(telemetry, 'worker_pool.worker.utilization');
    told.busy(true);
    clock.advance(1);
    told.busy(true);
    told.busy(false);
    clock.advance(3);
    time = { worked: 1, total: 2 };
    const [first, second] = ['{thread.id=1,worker_pool.name=p}', '{thread.id=2,worker_pool.name=p}'];
    expect(read()).toEqual({ [first]: 0.25, [second]: 0.5 });
    clock.advance(2);
    time = { worked: 1, total: 4 };
    expect(read()).toEqual({ [first]: 0, [second]: 0 });
    told.left();
    expect(read()).toEqual({ [second]: 0 });
    asked.left();
    expect(read()).toEqual({});
  });

  it('has numbers that add up over processes as sums that can fall', () => {
    const { telemetry } = testTelemetry();
    telemetry.workerPool('p', { size: 2 });
    const types = telemetry
      .snapshot()
      .metrics.filter(({ name }) => name.startsWith('worker_pool.'))
      .map(({ name, type }) => [name, type])
      .sort();
    expect(types).toEqual([
      ['worker_pool.busy', 'upDownCounter'],
      ['worker_pool.pending', 'upDownCounter'],
      ['worker_pool.size', 'upDownCounter'],
      ['worker_pool.utilization', 'gauge'],
      ['worker_pool.work.time', 'counter'],
    ]);
  });

  it('is reported until it is closed', () => {
    const { telemetry } = testTelemetry();
    const pool = telemetry.workerPool('p', { size: 1 });
    telemetry.workerPool('other', { size: 4 });
    expect(seriesOf(telemetry, 'worker_pool.size')).toEqual({ [POOL]: 1, '{worker_pool.name=other}': 4 });
    pool.close();
    expect(seriesOf(telemetry, 'worker_pool.size')).toEqual({ '{worker_pool.name=other}': 4 });
  });

  it('has a span for each task', async () => {
    const { telemetry, finished } = tracedTelemetry();
    telemetry.workerPool('p', { size: 1 }).task('resize', () => {});
    expect(await finished()).toMatchObject([
      { name: 'resize', kind: 0, attributes: { 'task.name': 'resize', 'worker_pool.name': 'p' } },
    ]);
  });
});
