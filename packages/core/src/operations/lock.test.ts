import { E_CANCELED, Mutex, Semaphore, tryAcquire } from 'async-mutex';
import { describe, expect, it } from 'vitest';
import type { OperationEvent, Telemetry } from '../index.ts';
import type { ManualClock } from '../manual-clock.test-support.ts';
import { allSeriesOf, pointsOf, seriesOf, testTelemetry, tracedTelemetry } from '../telemetry.test-support.ts';

/** What Web Locks hand to the work: `Lock` of node:worker_threads. */
type Granted = { readonly mode: string } | null;

/** A promise that is resolved from outside. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

/** Lets everything go on that can. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets time pass in which locks are looked at again and again. */
async function pass(clock: ManualClock, seconds: number): Promise<void> {
  for (let left = seconds; left > 0; left--) {
    clock.advance(1);
    await settled();
  }
}

const sumOf = (telemetry: Telemetry, name: string): number =>
  pointsOf(telemetry, name).reduce((sum, point) => sum + ('sum' in point ? (point.sum ?? 0) : 0), 0);

describe('a lock', () => {
  it('tells how long a mutex was waited for and held, and who found it taken', async () => {
    const { telemetry, clock } = testTelemetry();
    const mutex = new Mutex();
    const lock = telemetry.lock('stock');
    const [one, two] = [gate(), gate()];
    const runs = [one, two].map(({ opened }, at) =>
      lock.run(
        (critical) => mutex.runExclusive(critical),
        async () => {
          await opened;
          return at;
        },
      ),
    );
    await settled();
    expect([lock.held, lock.waiting]).toEqual([1, 1]);
    expect(allSeriesOf(telemetry)).toEqual({
      'lock.contended{lock.name=stock}': 1,
      'lock.held{lock.name=stock}': 1,
      'lock.wait.duration{lock.name=stock}': 1,
      'lock.waiting{lock.name=stock}': 1,
    });
    clock.advance(2);
    one.open();
    await settled();
    clock.advance(3);
    two.open();
    expect(await Promise.all(runs)).toEqual([0, 1]);
    expect(allSeriesOf(telemetry)).toEqual({
      'lock.contended{lock.name=stock}': 1,
      'lock.held{lock.name=stock}': 0,
      'lock.hold.duration{lock.name=stock}': 2,
      'lock.wait.duration{lock.name=stock}': 2,
      'lock.waiting{lock.name=stock}': 0,
    });
    expect([sumOf(telemetry, 'lock.wait.duration'), sumOf(telemetry, 'lock.hold.duration')]).toEqual([2, 5]);
  });

  it('gives what the mutex gives, and throws what the work throws, after which it is free', async () => {
    const { telemetry } = testTelemetry();
    const mutex = new Mutex();
    const lock = telemetry.lock('stock');
    const error = new TypeError('no');
    const failing = lock.run(
      (critical) => mutex.runExclusive(critical),
      () => {
        throw error;
      },
    );
    await expect(failing).rejects.toBe(error);
    expect([mutex.isLocked(), lock.held, lock.waiting]).toEqual([false, 0, 0]);
    expect(seriesOf(telemetry, 'lock.hold.duration')).toEqual({ '{lock.name=stock}': 1 });
  });

  it('that does its work at once gives its result at once', () => {
    const { telemetry } = testTelemetry();
    const lock = telemetry.lock('file');
    const answer = lock.run(
      (critical) => critical(),
      () => 42,
    );
    expect(answer).toBe(42);
    expect(seriesOf(telemetry, 'lock.hold.duration')).toEqual({ '{lock.name=file}': 1 });
  });

  it('that is taken and let go of by hand is held in between, and let go of once', async () => {
    const { telemetry, clock } = testTelemetry();
    const mutex = new Mutex();
    const lock = telemetry.lock('stock');
    const held = await lock.acquire(() => mutex.acquire());
    expect([held.granted, mutex.isLocked(), lock.held]).toEqual([true, true, 1]);
    clock.advance(4);
    held.release();
    expect([mutex.isLocked(), lock.held]).toEqual([false, 0]);
    const next = await lock.acquire(() => mutex.acquire());
    held.release();
    expect([mutex.isLocked(), lock.held]).toEqual([true, 1]);
    next[Symbol.dispose]();
    expect([mutex.isLocked(), lock.held]).toEqual([false, 0]);
    expect(sumOf(telemetry, 'lock.hold.duration')).toBe(4);
  });

  it.each<[string, () => unknown, number]>([
    ['a function', () => () => calls++, 1],
    ['a method', () => ({ release: () => calls++ }), 1],
    ['what a semaphore gives', () => [1, () => calls++], 1],
    ['nothing of its own', () => undefined, 0],
  ])('lets go by %s', async (_, take, expected) => {
    calls = 0;
    const lock = testTelemetry().telemetry.lock('any');
    (await lock.acquire(take)).release();
    expect([calls, lock.held]).toEqual([expected, 0]);
  });
  let calls = 0;

  it('lets go as it is told to, and counts as free even when that throws', async () => {
    const lock = testTelemetry().telemetry.lock('any');
    const held = await lock.acquire(async () => 'handle');
    expect(() =>
      held.release((value) => {
        throw new Error(`cannot release ${value}`);
      }),
    ).toThrow('cannot release handle');
    expect(lock.held).toBe(0);
  });

  it('of a semaphore is contended only when its permits are taken', async () => {
    const { telemetry } = testTelemetry();
    const semaphore = new Semaphore(2);
    const lock = telemetry.lock('connections', { permits: 2 });
    const take = () => lock.acquire(() => semaphore.acquire());
    const [first] = [await take(), await take()];
    expect(seriesOf(telemetry, 'lock.contended')).toEqual({});
    const third = take();
    expect(seriesOf(telemetry, 'lock.contended')).toEqual({ '{lock.name=connections}': 1 });
    first?.release();
    await third;
    expect(lock.held).toBe(2);
  });

  it('that could not be had tells why, and how long that took', async () => {
    const { telemetry, clock } = testTelemetry();
    const mutex = new Mutex();
    const lock = telemetry.lock('stock');
    await lock.acquire(() => mutex.acquire());
    await expect(lock.acquire(() => tryAcquire(mutex).acquire())).rejects.toThrow('already');
    const canceled = lock.run(
      (critical) => mutex.runExclusive(critical),
      () => 'never',
    );
    clock.advance(3);
    mutex.cancel();
    await expect(canceled).rejects.toBe(E_CANCELED);
    expect((await lock.acquire(() => null)).granted).toBe(false);
    expect((await lock.acquire(async () => false as const)).granted).toBe(false);
    expect([lock.held, lock.waiting]).toEqual([1, 0]);
    expect(seriesOf(telemetry, 'lock.wait.duration')).toEqual({
      '{lock.name=stock}': 1,
      '{error.type=Error,lock.name=stock}': 2,
      '{error.type=unavailable,lock.name=stock}': 2,
    });
    expect(sumOf(telemetry, 'lock.wait.duration')).toBe(3);
  });

  it('is one for all who ask for its name, each service having its own', () => {
    const { telemetry } = testTelemetry();
    const lock = telemetry.lock('stock', { deadlockAfter: 10 });
    expect(telemetry.lock('stock')).toBe(lock);
    expect(telemetry.lock('stock', { deadlockAfter: 10 })).toBe(lock);
    expect(() => telemetry.lock('stock', { deadlockAfter: 11 })).toThrow(
      'There is a lock "stock" with other options; give them in one place.',
    );
    expect(telemetry.forService('auth').lock('stock')).not.toBe(lock);
  });

  it.each<[string, Parameters<Telemetry['lock']>, string]>([
    ['no name', [''], 'A lock needs a name that tells what it guards: telemetry.lock("stock").'],
    ['an unknown option', ['a', { permit: 1 } as never], 'Unknown option "lock.permit"; did you mean "permits"?'],
    ['a wrong time', ['a', { deadlockAfter: 0 }], '"deadlockAfter" of lock "a" is 0; give seconds above 0'],
    ['a wrong number', ['a', { permits: 0.5 }], '"permits" of lock "a" is 0.5; give how many may hold it'],
  ])('is refused with %s', (_, args, message) => {
    const { telemetry } = testTelemetry();
    expect(() => telemetry.lock(...args)).toThrow(message);
  });

  it('works on when there are too many of them, and tells of it', async () => {
    const { telemetry, problems } = testTelemetry({ cardinality: { total: 100_000, perInstrument: 10_000 } });
    for (let at = 0; at < 1001; at++) {
      telemetry.lock(`user ${at}`).run(
        (critical) => critical(),
        () => {},
      );
    }
    expect(problems.map(({ message }) => message)).toEqual([
      'There are more than 1000 locks; "user 1000" and more are not looked at for deadlocks. Name what is guarded, not each item of it.',
    ]);
    expect(Object.keys(seriesOf(telemetry, 'lock.hold.duration'))).toHaveLength(1001);
  });

  it('records nothing when locks are switched off, and works', async () => {
    const { telemetry } = testTelemetry({ operations: { disable: ['lock'] } });
    const mutex = new Mutex();
    const answer = await telemetry.lock('stock').run(
      (critical) => mutex.runExclusive(critical),
      async () => 42,
    );
    expect(answer).toBe(42);
    expect(allSeriesOf(telemetry)).toEqual({});
  });
});

describe('a Web Lock', () => {
  it('is run under as it is, with its mode', async () => {
    const { telemetry } = testTelemetry();
    const lock = telemetry.lock('cache');
    const opened = gate();
    const reading = [1, 2].map(() =>
      lock.run(
        (critical) => navigator.locks.request('lock.test reading', { mode: 'shared' }, critical),
        async (granted: Granted) => {
          await opened.opened;
          return granted?.mode;
        },
        { mode: 'shared' },
      ),
    );
    const writing = lock.run(
      (critical) => navigator.locks.request('lock.test reading', critical),
      (granted: Granted) => granted?.mode,
      { mode: 'exclusive' },
    );
    await expect.poll(() => [lock.held, lock.waiting]).toEqual([2, 1]);
    expect(seriesOf(telemetry, 'lock.held')).toEqual({
      '{lock.mode=shared,lock.name=cache}': 2,
      '{lock.mode=exclusive,lock.name=cache}': 0,
    });
    opened.open();
    expect(await Promise.all([...reading, writing])).toEqual(['shared', 'shared', 'exclusive']);
    expect(seriesOf(telemetry, 'lock.hold.duration')).toEqual({
      '{lock.mode=shared,lock.name=cache}': 2,
      '{lock.mode=exclusive,lock.name=cache}': 1,
    });
  });

  it('does not count sharing as contention', async () => {
    const { telemetry } = testTelemetry();
    const lock = telemetry.lock('cache');
    const shared = { mode: 'shared' } as const;
    await lock.acquire(() => 'first reader', shared);
    const reader = await lock.acquire(() => 'second reader', shared);
    expect(seriesOf(telemetry, 'lock.contended')).toEqual({});
    await lock.acquire(() => 'writer', { mode: 'exclusive' });
    expect(seriesOf(telemetry, 'lock.contended')).toEqual({ '{lock.mode=exclusive,lock.name=cache}': 1 });
    expect(reader.granted).toBe(true);
  });

  it('that is not available runs the work with null, and is not held', async () => {
    const { telemetry } = testTelemetry();
    const lock = telemetry.lock('cron');
    const opened = gate();
    const name = 'lock.test available';
    const holding = navigator.locks.request(name, () => opened.opened);
    const answer = await lock.run(
      (critical) => navigator.locks.request(name, { ifAvailable: true }, critical),
      (granted) => (granted === null ? 'busy' : 'mine'),
    );
    expect(answer).toBe('busy');
    expect(seriesOf(telemetry, 'lock.wait.duration')).toEqual({ '{error.type=unavailable,lock.name=cron}': 1 });
    expect(seriesOf(telemetry, 'lock.hold.duration')).toEqual({});
    opened.open();
    await holding;
  });

  it('that is given up by a signal is waited for no longer', async () => {
    const { telemetry } = testTelemetry();
    const lock = telemetry.lock('cron');
    const opened = gate();
    const name = 'lock.test abort';
    const holding = navigator.locks.request(name, () => opened.opened);
    const controller = new AbortController();
    const waiting = lock.run(
      (critical) => navigator.locks.request(name, { signal: controller.signal }, critical),
      () => 'never',
    );
    await settled();
    expect(lock.waiting).toBe(1);
    controller.abort();
    await expect(waiting).rejects.toThrow();
    expect(lock.waiting).toBe(0);
    expect(seriesOf(telemetry, 'lock.wait.duration')).toEqual({ '{error.type=AbortError,lock.name=cron}': 1 });
    opened.open();
    await holding;
  });
});

describe('a deadlock', () => {
  it('is suspected of a lock that is held too long: counted, told once, as an event and on the span', async () => {
    const { telemetry, clock, problems, finished } = tracedTelemetry();
    const stuck: OperationEvent[] = [];
    telemetry.on('stuck', (event) => stuck.push(event));
    const mutex = new Mutex();
    const lock = telemetry.lock('stock', { deadlockAfter: 20 });
    const never = gate();
    const work = telemetry.span('refill', () =>
      lock.run(
        (critical) => mutex.runExclusive(critical),
        () => never.opened,
      ),
    );
    await settled();
    void lock.run(
      (critical) => mutex.runExclusive(critical),
      () => {},
    );
    await pass(clock, 19);
    expect(seriesOf(telemetry, 'lock.suspected_deadlocks')).toEqual({});
    await pass(clock, 200);
    expect(seriesOf(telemetry, 'lock.suspected_deadlocks')).toEqual({ '{deadlock.reason=held,lock.name=stock}': 1 });
    expect(stuck).toMatchObject([
      {
        kind: 'lock',
        name: 'stock',
        attributes: { 'lock.name': 'stock', 'deadlock.reason': 'held' },
        error: { type: 'suspected_deadlock' },
        resource: { attributes: { 'service.name': 'shop' } },
      },
    ]);
    expect(stuck[0]?.duration).toBeGreaterThanOrEqual(20);
    expect(stuck[0]?.duration).toBeLessThanOrEqual(25);
    expect(stuck[0]?.time).toBe((stuck[0]?.startTime ?? 0) + (stuck[0]?.duration ?? 0));
    expect(problems.map(({ code, message }) => `${code} ${message.replace(/\d+ s/, 'N s')}`)).toEqual([
      'ERR_DEADLOCK Lock "stock" has been held for N s, and 1 wait for it. Does the work under it never end, or is release() missing?',
    ]);
    never.open();
    await work;
    const [span] = await finished();
    expect(stuck[0]).toMatchObject({ traceId: span?.traceId, spanId: span?.spanId });
    expect(span?.events).toMatchObject([
      {
        name: 'lock.suspected_deadlock',
        attributes: { 'lock.name': 'stock', 'lock.state': 'held', 'deadlock.reason': 'held' },
      },
    ]);
  });

  it('is sent by exporters that take events', async () => {
    const sent: OperationEvent[] = [];
    const exportEvents = async (events: readonly OperationEvent[]) => void sent.push(...events);
    const { telemetry, clock } = testTelemetry({ exporters: [{ name: 'events', exportEvents }] });
    await telemetry.lock('stock').acquire(() => 'mine');
    await pass(clock, 40);
    await telemetry.flush();
    expect(sent).toMatchObject([{ type: 'stuck', kind: 'lock', name: 'stock' }]);
  });

  it('is suspected again only of what has become stuck since', async () => {
    const { telemetry, clock, problems } = testTelemetry();
    const lock = telemetry.lock('stock');
    for (let round = 0; round < 2; round++) {
      const held = await lock.acquire(() => 'mine');
      await pass(clock, 100);
      held.release();
    }
    await pass(clock, 100);
    expect(seriesOf(telemetry, 'lock.suspected_deadlocks')).toEqual({ '{deadlock.reason=held,lock.name=stock}': 2 });
    expect(problems).toHaveLength(1);
  });

  it('is suspected of a lock that someone outside of the process may hold', async () => {
    const { telemetry, clock, problems } = testTelemetry();
    void telemetry.lock('leader').acquire(() => new Promise(() => {}));
    await pass(clock, 40);
    expect(seriesOf(telemetry, 'lock.suspected_deadlocks')).toEqual({
      '{deadlock.reason=waiting,lock.name=leader}': 1,
    });
    expect(problems[0]?.message).toMatch(/^Lock "leader" has been waited for for \d+ s, and 0 hold it in this process/);
  });

  it('is not suspected where that is switched off, nor of what goes on', async () => {
    const { telemetry, clock } = testTelemetry();
    await telemetry.lock('leader', { deadlockAfter: Number.POSITIVE_INFINITY }).acquire(() => 'for life');
    const lock = telemetry.lock('stock');
    for (let round = 0; round < 10; round++) {
      const held = await lock.acquire(() => 'mine');
      await pass(clock, 29);
      held.release();
    }
    expect(seriesOf(telemetry, 'lock.suspected_deadlocks')).toEqual({});
  });

  it('of work that takes a lock it holds is found within seconds, while spans are on', async () => {
    const { telemetry, clock, problems } = tracedTelemetry();
    const mutex = new Mutex();
    const lock = telemetry.lock('stock');
    const take = <T>(work: () => T | Promise<T>): Promise<T> =>
      lock.run((critical) => mutex.runExclusive(critical), work);
    void take(async () => {
      await settled();
      await take(() => {});
    });
    await expect.poll(() => lock.waiting).toBe(1);
    await pass(clock, 8);
    expect(seriesOf(telemetry, 'lock.suspected_deadlocks')).toEqual({
      '{deadlock.reason=reentrant,lock.name=stock}': 1,
    });
    expect(problems.map(({ message }) => message)).toEqual([
      'Lock "stock" is waited for by work that holds it already, and so will never get it. Take it once, further out.',
    ]);
    await pass(clock, 100);
    expect(telemetry.health().problems).toEqual({ ERR_DEADLOCK: 1 });
  });

  it('of locks that are taken in opposite orders names the circle, while spans are on', async () => {
    const { telemetry, clock, problems } = tracedTelemetry();
    const mutexes = { orders: new Mutex(), stock: new Mutex(), cash: new Mutex() };
    type Name = keyof typeof mutexes;
    const take = <T>(name: Name, work: () => T | Promise<T>): Promise<T> =>
      telemetry.lock(name).run((critical) => mutexes[name].runExclusive(critical), work);
    const both = (outer: Name, inner: Name) =>
      take(outer, async () => {
        await settled();
        await take(inner, () => {});
      });
    void both('orders', 'stock');
    void both('stock', 'cash');
    void both('cash', 'orders');
    await expect.poll(() => telemetry.lock('orders').waiting).toBe(1);
    await pass(clock, 8);
    expect(problems.map(({ message }) => message)).toEqual([
      'Locks are waited for in a circle, each by the holder of another: orders → stock → cash → orders. Take them in the same order everywhere.',
    ]);
    await pass(clock, 100);
    expect(seriesOf(telemetry, 'lock.suspected_deadlocks')).toEqual({ '{deadlock.reason=cycle,lock.name=orders}': 1 });
  });

  it('is not seen in locks within each other that are only slow', async () => {
    const { telemetry, clock, problems } = tracedTelemetry();
    const mutexes = { outer: new Mutex(), inner: new Mutex() };
    const opened = gate();
    const take = <T>(name: 'outer' | 'inner', work: () => T | Promise<T>): Promise<T> =>
      telemetry.lock(name).run((critical) => mutexes[name].runExclusive(critical), work);
    const holding = take('inner', () => opened.opened);
    const works = [1, 2].map(() => take('outer', () => take('inner', () => {})));
    await settled();
    await pass(clock, 20);
    expect(problems).toEqual([]);
    opened.open();
    await Promise.all([holding, ...works]);
  });
});
