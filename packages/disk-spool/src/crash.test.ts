import { statSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { filesIn, testDirectory } from './lanes.test-support.ts';
import { openBackend, TestProcess } from './processes.test-support.ts';

const NEVER = 1e6;
/** Others may need the machine, too. */
const PATIENT = { timeout: 60_000 };

vi.setConfig({ testTimeout: 120_000 });

describe('A process that is killed in the middle of an outage', () => {
  test('loses only what it recorded since the last interval; the next one sends the rest first, in order, once', async () => {
    const directory = testDirectory();
    const backend = await openBackend();
    backend.server.plan({ kind: 'status', status: 503 }, Number.POSITIVE_INFINITY);
    const options = { directory, url: backend.server.url, interval: NEVER };
    const first = await TestProcess.start(options);
    for (const value of [1, 2, 4, 8]) {
      await first.call('add', value);
      await first.call('job', `job ${value}`);
      await first.call('flush');
    }
    await first.call('add', 1000);
    const { signals } = await first.health();
    expect(signals.metrics).toMatchObject({ queued: 4, accepted: 0, dropped: 0 });
    await first.kill();
    expect(backend.taken).toEqual([]);

    const second = await TestProcess.start(options);
    await second.call('add', 16);
    await second.call('job', 'job 16');
    backend.server.recover();
    await second.call('flush');
    await expect.poll(() => backend.values, PATIENT).toEqual([1, 2, 4, 8, 16]);
    await expect.poll(() => backend.names, PATIENT).toEqual(['job 1', 'job 2', 'job 4', 'job 8', 'job 16']);
    await expect.poll(async () => (await second.health()).accepted, PATIENT).toBe(10);
    expect(await second.health()).toMatchObject({ dropped: 0, unknown: 0, rejected: 0 });
    await second.call('shutdown');
    expect(filesIn(directory, '.entry')).toEqual([]);
  });

  test('any number of times, under load, at any moment: nothing arrives twice, and what is missing was counted as unknown', async () => {
    const directory = testDirectory();
    const backend = await openBackend();
    let next = 0;
    let unknown = 0;
    for (let round = 0; round < 6; round++) {
      const options = {
        directory,
        url: backend.server.url,
        interval: 0.02,
        whenUnknown: 'give-up',
        busyFrom: next,
      } as const;
      if (round % 2 === 0) backend.server.plan({ kind: 'status', status: 503 }, Number.POSITIVE_INFINITY);
      else backend.server.recover();
      const requests = backend.server.requests();
      const child = await TestProcess.start(options);
      await expect.poll(() => backend.server.requests(), PATIENT).toBeGreaterThan(requests);
      await new Promise((resolve) => setTimeout(resolve, round * 37));
      unknown += (await child.health()).unknown;
      await child.kill();
      next += 1_000_000;
    }
    backend.server.recover();
    const last = await TestProcess.start({
      directory,
      url: backend.server.url,
      interval: 0.02,
      whenUnknown: 'give-up',
    });
    await expect.poll(async () => (await last.health()).queued.events, PATIENT).toBe(0);
    await expect.poll(() => filesIn(directory, '.entry'), PATIENT).toEqual([]);
    // What it counts as dropped is what was being written at a kill: the last of its process, so nothing is missing before it.
    unknown += (await last.health()).unknown;
    const numbers = backend.names.map(Number);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    let missing = 0;
    for (let round = 0; round < 6; round++) {
      const ofRound = numbers.filter((number) => Math.floor(number / 1_000_000) === round);
      const greatest = ofRound.at(-1);
      // Up to the last that arrived, all that were recorded are there.
      if (greatest !== undefined) missing += (greatest % 1_000_000) + 1 - ofRound.length;
    }
    expect(numbers.length).toBeGreaterThan(100);
    expect(missing).toBeLessThanOrEqual(unknown);
  });

  test('while it sends: the batch is counted as unknown, and sent again or given up, as the exporter says', async () => {
    for (const whenUnknown of ['again', 'give-up'] as const) {
      const directory = testDirectory();
      const backend = await openBackend();
      // Taken, but never answered in full.
      backend.server.plan({ kind: 'drip' });
      const options = { directory, url: backend.server.url, interval: NEVER, whenUnknown };
      const first = await TestProcess.start(options);
      await first.call('add', 5);
      void first.call('flush').catch(() => {});
      await expect.poll(() => backend.values, PATIENT).toEqual([5]);
      await first.kill();
      const second = await TestProcess.start(options);
      await expect.poll(async () => (await second.health()).unknown, PATIENT).toBe(1);
      await expect.poll(async () => (await second.health()).signals.metrics?.queued, PATIENT).toBe(0);
      expect(backend.values).toEqual(whenUnknown === 'again' ? [5, 5] : [5]);
    }
  });
});

describe('Processes with one directory', () => {
  test('each send their own while they live, and one of those that come later sends what a dead one left', async () => {
    const directory = testDirectory();
    const backend = await openBackend();
    backend.server.plan({ kind: 'status', status: 503 }, Number.POSITIVE_INFINITY);
    const options = { directory, url: backend.server.url, interval: NEVER };
    const [one, two] = await Promise.all([TestProcess.start(options), TestProcess.start(options)]);
    for (const value of [1, 2]) {
      await one.call('add', value);
      await two.call('add', value * 10);
      await Promise.all([one.call('flush'), two.call('flush')]);
    }
    await one.kill();
    const later = await Promise.all([1, 2, 3].map(() => TestProcess.start(options)));
    const waiting = await Promise.all(
      [two, ...later].map(async (child) => (await child.health()).signals.metrics?.queued),
    );
    await expect
      .poll(async () => {
        const healths = await Promise.all([two, ...later].map((child) => child.health()));
        return healths.map(({ signals }) => signals.metrics?.queued).sort();
      }, PATIENT)
      .toEqual([0, 0, 2, 2]);
    expect(waiting[0]).toBe(2);
    backend.server.recover();
    await Promise.all([two, ...later].map((child) => child.call('flush')));
    await expect.poll(() => [...backend.values].sort((a, b) => a - b), PATIENT).toEqual([1, 2, 10, 20]);
    await Promise.all([two, ...later].map((child) => child.call('shutdown')));
    expect(backend.values).toHaveLength(4);
    expect(filesIn(directory, '.entry')).toEqual([]);
  });

  test('take nothing from one that is stopped, but alive', async () => {
    const directory = testDirectory();
    const backend = await openBackend();
    backend.server.plan({ kind: 'status', status: 503 }, Number.POSITIVE_INFINITY);
    const options = { directory, url: backend.server.url, interval: NEVER };
    const stopped = await TestProcess.start(options);
    await stopped.call('add', 1);
    await stopped.call('flush');
    stopped.signal('SIGSTOP');
    const other = await TestProcess.start(options);
    await other.call('add', 2);
    await other.call('flush');
    backend.server.recover();
    await expect.poll(() => backend.values, PATIENT).toEqual([2]);
    stopped.signal('SIGCONT');
    await expect.poll(() => backend.values, PATIENT).toEqual([2, 1]);
  });
});

describe('A shutdown', () => {
  test('in an outage leaves what it cannot deliver to the next process, and says so', async () => {
    const directory = testDirectory();
    const backend = await openBackend();
    backend.server.plan({ kind: 'status', status: 503 }, Number.POSITIVE_INFINITY);
    const options = { directory, url: backend.server.url, interval: NEVER };
    const first = await TestProcess.start(options);
    await first.call('add', 3);
    await first.call('shutdown');
    const { dropped, signals } = await first.health();
    expect([dropped, signals.metrics?.queued]).toEqual([0, 1]);
    const [file = ''] = filesIn(directory, '.entry');
    expect(statSync(file).size).toBeGreaterThan(32);
    expect(filesIn(directory, '.lock')).toEqual([]);
    backend.server.recover();
    await TestProcess.start(options);
    await expect.poll(() => backend.values, PATIENT).toEqual([3]);
  });
});

describe('A directory that cannot be used', () => {
  test('is told once with what to do, and exports go on without it', async () => {
    const backend = await openBackend();
    const child = await TestProcess.start({ directory: '/proc/spool', url: backend.server.url, interval: NEVER });
    await child.call('add', 3);
    await child.call('flush');
    expect(backend.values).toEqual([3]);
    expect(await child.call('problems')).toEqual([
      expect.stringContaining('The exporter backend works without its spool: /proc/spool cannot be written: ENOENT'),
    ]);
    expect(await child.health()).toMatchObject({ status: 'ok', dropped: 0 });
  });
});
