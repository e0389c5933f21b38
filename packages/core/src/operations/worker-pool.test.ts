import { describe, expect, it } from 'vitest';
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
