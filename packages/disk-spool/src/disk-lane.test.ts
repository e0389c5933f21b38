import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { diskSpool } from './index.ts';
import {
  afterCrash,
  drain,
  entryOf,
  filesIn,
  hostOf,
  openLane,
  removeDirectories,
  testDirectory,
} from './lanes.test-support.ts';

afterAll(removeDirectories);

describe('A lane', () => {
  test('gives what was written first first, and hands its source back while that is in memory', async () => {
    const { lane } = await openLane(testDirectory());
    const source = entryOf(1, 2);
    await lane.append(source);
    await lane.append(entryOf(3));
    expect([lane.entries, lane.items]).toEqual([2, 3]);
    expect((await lane.first())?.source).toBe(source.source);
    expect((await lane.first())?.source).toBe(source.source);
    await lane.remove();
    const second = await lane.first();
    expect(second?.source).toBeUndefined();
    expect(second?.parts).toEqual([[3]]);
    await lane.remove();
    expect(await lane.first()).toBeUndefined();
    expect([lane.entries, lane.items, lane.lost()]).toEqual([0, 0, 0]);
  });

  test('keeps what JSON would not, and what is one object in several places of a part is one object again', async () => {
    const directory = testDirectory();
    const { lane } = await openLane(directory);
    const shared = { name: 'checkout' };
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, -0, undefined, 'ü🚀', shared, { shared }];
    await lane.append({ count: 1, source: 0, parts: [odd, [shared]] });
    const { lane: after } = await openLane(afterCrash(directory));
    const { parts = [] } = (await after.first()) ?? {};
    expect(parts).toEqual([odd, [shared]]);
    const [first] = parts as unknown as [readonly [...unknown[], { shared: object }]];
    expect(first.at(-2)).toBe((first.at(-1) as { shared: object }).shared);
  });

  test('keeps large entries compressed, and gives them back whole', async () => {
    const directory = testDirectory();
    const { lane } = await openLane(directory);
    const parts = Array.from({ length: 50 }, (_, part) =>
      Array.from({ length: 200 }, (_, i) => ({ name: 'http.server.request.duration', value: part * 200 + i })),
    );
    await lane.append({ count: 10_000, source: 0, parts });
    const [file = ''] = filesIn(directory, '.entry');
    expect(statSync(file).size).toBeLessThan(JSON.stringify(parts).length / 4);
    const { lane: after } = await openLane(afterCrash(directory));
    expect((await after.first())?.parts).toEqual(parts);
  });

  test('knows after a crash what was settled, and whether it was being sent', async () => {
    const directory = testDirectory();
    const { lane } = await openLane(directory);
    for (const item of [1, 2, 3]) await lane.append(entryOf(item, item * 10, item * 100));
    await lane.first();
    await lane.sending();
    await lane.settled([0, 2]);
    const sending = await openLane(afterCrash(directory));
    expect(await drain(sending.lane)).toEqual([
      { items: [1, 10, 100], settled: [0, 2], interrupted: true },
      { items: [2, 20, 200], settled: [], interrupted: false },
      { items: [3, 30, 300], settled: [], interrupted: false },
    ]);
    await lane.returned();
    const returned = await openLane(afterCrash(directory));
    expect((await drain(returned.lane))[0]).toEqual({ items: [1, 10, 100], settled: [0, 2], interrupted: false });
    await lane.sending();
    await lane.remove();
    const removed = await openLane(afterCrash(directory));
    expect((await drain(removed.lane)).map(({ items }) => items[0])).toEqual([2, 3]);
  });

  test('does not give an entry all of whose items are settled', async () => {
    const directory = testDirectory();
    const { lane } = await openLane(directory);
    await lane.append(entryOf(1, 2));
    await lane.first();
    await lane.sending();
    await lane.settled([0]);
    await lane.settled([1]);
    const { lane: after } = await openLane(afterCrash(directory));
    expect(await after.first()).toBeUndefined();
    expect(after.lost()).toBe(0);
  });

  test('leaves out what is torn, garbled or of another version, counts it, tells it once, and gives the rest', async () => {
    const directory = testDirectory();
    const { lane } = await openLane(directory);
    for (let item = 0; item < 6; item++) await lane.append(entryOf(item, item));
    const crashed = afterCrash(directory);
    const files = filesIn(crashed, '.entry');
    truncateSync(files[0] as string, statSync(files[0] as string).size - 1);
    truncateSync(files[1] as string, 10);
    const garbled = readFileSync(files[2] as string);
    garbled[garbled.length - 2] = (garbled.at(-2) as number) ^ 1;
    writeFileSync(files[2] as string, garbled);
    const other = readFileSync(files[3] as string);
    other.writeUInt16LE(2, 6);
    writeFileSync(files[3] as string, other);
    writeFileSync(files[4] as string, '');
    const after = await openLane(crashed);
    expect(after.lane.items).toBe(12);
    expect((await drain(after.lane)).map(({ items }) => items)).toEqual([[5, 5]]);
    expect(after.lane.lost()).toBe(10);
    expect(after.lane.lost()).toBe(0);
    expect(after.host.problems).toHaveLength(1);
    expect(after.host.problems[0]).toContain('left out');
    expect(filesIn(crashed, '.entry')).toEqual([]);
  });

  test('leaves nothing behind when it is closed empty', async () => {
    const directory = testDirectory();
    const { lane, spool } = await openLane(directory);
    await lane.append(entryOf(1));
    await drain(lane);
    await spool.close();
    expect(filesIn(directory)).toEqual([join(directory, 'checkout'), join(directory, 'checkout', 'backend')]);
  });

  test('can be read by nobody else', async () => {
    const directory = testDirectory();
    const { lane } = await openLane(directory);
    await lane.append(entryOf(1));
    for (const path of filesIn(directory))
      expect(statSync(path).mode & 0o077, path).toBe(path.endsWith('.lock') ? statSync(path).mode & 0o077 : 0);
    expect(statSync(join(directory, 'checkout', 'backend')).mode & 0o077).toBe(0);
  });

  test('rejects what cannot be written and keeps nothing of it', async () => {
    const { lane } = await openLane(testDirectory());
    await expect(lane.append({ count: 1, source: 0, parts: [() => {}] })).rejects.toThrow('could not be cloned');
    expect(lane.entries).toBe(0);
    await lane.append(entryOf(1));
    expect((await drain(lane)).map(({ items }) => items)).toEqual([[1]]);
  });

  test('goes on when somebody removes its folder: what was in it is lost, and counted', async () => {
    const directory = testDirectory();
    const { lane } = await openLane(directory);
    await lane.append(entryOf(1, 2));
    await lane.append(entryOf(3));
    const [file = ''] = filesIn(directory, '.entry');
    renameSync(dirname(file), join(directory, 'elsewhere'));
    expect(await lane.first()).toBeUndefined();
    expect(lane.lost()).toBe(3);
    await lane.append(entryOf(4));
    expect((await drain(lane)).map(({ items }) => items)).toEqual([[4]]);
  });

  test('does not give for sending what went while it was looked at', async () => {
    const directory = testDirectory();
    const { lane } = await openLane(directory);
    await lane.append(entryOf(1));
    await lane.first();
    const [file = ''] = filesIn(directory, '.entry');
    renameSync(file, `${file}.gone`);
    await expect(lane.sending()).rejects.toThrow('ENOENT');
    expect(await lane.first()).toBeUndefined();
    expect(lane.lost()).toBe(1);
  });
});

describe('The size limit', () => {
  const full = { maxBytes: 65_536 }; // sixteen entries of a block each

  test('lets the oldest entries go, counts their items and tells it once', async () => {
    const { lane, host } = await openLane(testDirectory(), full);
    for (let item = 0; item < 20; item++) await lane.append(entryOf(item, item));
    expect([lane.entries, lane.items, lane.lost()]).toEqual([16, 32, 8]);
    expect(host.problems).toEqual([expect.stringMatching(/is full|has its 65536 bytes/)]);
    expect((await drain(lane)).map(({ items }) => items[0])).toEqual(Array.from({ length: 16 }, (_, i) => i + 4));
  });

  test('keeps what is being sent, and lets the next one go instead', async () => {
    const directory = testDirectory();
    const { lane } = await openLane(directory, full);
    for (let item = 0; item < 16; item++) await lane.append(entryOf(item));
    await lane.first();
    await lane.sending();
    await lane.append(entryOf(16));
    await lane.remove();
    expect((await drain(lane)).map(({ items }) => items[0])).toEqual([
      2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
    ]);
    expect(lane.lost()).toBe(1);
  });

  test('counts of an entry that goes only what was not settled', async () => {
    const { lane } = await openLane(testDirectory(), full);
    for (let item = 0; item < 16; item++) await lane.append(entryOf(item, item, item));
    await lane.first();
    await lane.sending();
    await lane.settled([1]);
    await lane.returned();
    await lane.append(entryOf(16));
    expect(lane.lost()).toBe(2);
    await expect(lane.sending()).rejects.toThrow('not in the spool');
    expect((await lane.first())?.parts).toEqual([[1, 1, 1]]);
  });

  test('is shared by the signals of an exporter: the oldest goes, of whichever', async () => {
    const host = hostOf();
    const spool = diskSpool({ directory: testDirectory(), ...full });
    onTestFinished(() => spool.close());
    const metrics = await spool.open(host, 'metrics');
    const spans = await spool.open(host, 'spans');
    for (let item = 0; item < 16; item++) {
      await (item % 2 === 0 ? spans : metrics).append(entryOf(item));
      await host.clock.advance(1);
    }
    for (let item = 16; item < 19; item++) await metrics.append(entryOf(item));
    expect([metrics.lost(), spans.lost()]).toEqual([1, 2]);
  });

  test('holds for what was taken over, too', async () => {
    const directory = testDirectory();
    const { lane } = await openLane(directory);
    for (let item = 0; item < 30; item++) await lane.append(entryOf(item));
    const after = await openLane(afterCrash(directory), full);
    expect([after.lane.entries, after.lane.lost()]).toEqual([16, 14]);
    expect((await drain(after.lane))[0]?.items).toEqual([14]);
  });

  test('rejects an entry that is larger than all there may be', async () => {
    const { lane } = await openLane(testDirectory(), full);
    await lane.append(entryOf(1));
    const noise = Array.from({ length: 20_000 }, () => Math.random());
    await expect(lane.append({ count: 1, source: 0, parts: [noise] })).rejects.toThrow('the limit is 65536');
    expect([lane.entries, lane.lost()]).toEqual([1, 0]);
  });
});

describe('Taking over', () => {
  test('puts what is left by those who are gone in front, and keeps the order of each', async () => {
    const directory = testDirectory();
    const first = await openLane(directory);
    for (const item of [1, 2]) await first.lane.append(entryOf(item));
    const second = await openLane(afterCrash(directory));
    for (const item of [3, 4]) await second.lane.append(entryOf(item));
    expect((await drain(second.lane)).map(({ items }) => items[0])).toEqual([1, 2, 3, 4]);
  });

  test('leaves what the living have alone', async () => {
    const directory = testDirectory();
    const first = await openLane(directory);
    await first.lane.append(entryOf(1));
    const second = await openLane(directory);
    expect(second.lane.entries).toBe(0);
    await second.host.clock.advance(3600);
    await second.lane.takeOver();
    expect(second.lane.entries).toBe(0);
    await first.spool.close();
    await second.host.clock.advance(20);
    await second.lane.takeOver();
    expect(await drain(second.lane)).toEqual([{ items: [1], settled: [], interrupted: false }]);
  });

  test('is done by one alone, however many come at once', async () => {
    const directory = testDirectory();
    const first = await openLane(directory);
    for (let item = 0; item < 10; item++) await first.lane.append(entryOf(item));
    await first.spool.close();
    const others = await Promise.all(Array.from({ length: 8 }, () => openLane(directory)));
    expect(others.map(({ lane }) => lane.entries).sort((a, b) => b - a)).toEqual([10, 0, 0, 0, 0, 0, 0, 0]);
  });

  test('does not move what is being sent from its place', async () => {
    const directory = testDirectory();
    const dying = await openLane(directory);
    await dying.lane.append(entryOf(1));
    const { lane, host } = await openLane(directory);
    await lane.append(entryOf(2));
    await lane.append(entryOf(3));
    await lane.first();
    await lane.sending();
    await dying.spool.close();
    await host.clock.advance(20);
    await lane.takeOver();
    expect(lane.entries).toBe(3);
    await lane.remove();
    expect((await drain(lane)).map(({ items }) => items[0])).toEqual([1, 3]);
  });

  test('is of the same service, exporter and signal only', async () => {
    const directory = testDirectory();
    const first = await openLane(directory);
    await first.lane.append(entryOf(1));
    const crashed = afterCrash(directory);
    for (const host of [hostOf({ service: 'search' }), hostOf({ exporter: 'other' })]) {
      expect((await openLane(crashed, { host })).lane.entries).toBe(0);
    }
    expect((await openLane(crashed, { signal: 'spans' })).lane.entries).toBe(0);
    expect((await openLane(crashed)).lane.entries).toBe(1);
  });

  test('removes the folders and marks of those who are gone', async () => {
    const directory = testDirectory();
    const first = await openLane(directory);
    await first.lane.append(entryOf(1));
    await drain(first.lane);
    const crashed = afterCrash(directory);
    const after = await openLane(crashed);
    await after.spool.close();
    expect(filesIn(join(crashed, 'checkout', 'backend'))).toEqual([]);
  });

  test('goes by signs of life where the owner is on another machine', async () => {
    const directory = testDirectory();
    const first = await openLane(directory);
    await first.lane.append(entryOf(1));
    const elsewhere = ofAnotherMachine(afterCrash(directory), '0');
    const { lane, host } = await openLane(elsewhere.directory);
    expect(lane.entries).toBe(0);
    utimesSync(elsewhere.alive, new Date(), new Date(Date.now() - 59_000));
    await host.clock.advance(20);
    await lane.takeOver();
    expect(lane.entries).toBe(0);
    utimesSync(elsewhere.alive, new Date(), new Date(Date.now() - 61_000));
    await host.clock.advance(20);
    await lane.takeOver();
    expect(lane.entries).toBe(1);
  });

  test('shows signs of life every ten seconds', async () => {
    const directory = testDirectory();
    const { host } = await openLane(directory);
    const [alive = ''] = filesIn(directory, '.alive');
    for (let beats = 0; beats < 3; beats++) {
      utimesSync(alive, new Date(), new Date(0));
      await host.clock.advance(10);
      await expect.poll(() => statSync(alive).mtimeMs).toBeGreaterThan(1e12);
    }
  });

  test('shows to whom it befell, who then sends nothing of it', async () => {
    const directory = testDirectory();
    const { lane, host } = await openLane(directory);
    await lane.append(entryOf(1));
    await lane.append(entryOf(2));
    await lane.first();
    // As another machine does that has not seen a sign of life for a minute.
    const [file = ''] = filesIn(directory, '.entry');
    const store = dirname(file);
    const [, owner = ''] = /\.([0-9a-f]{12}-[sb]-[0-9a-f]{16})$/.exec(basename(store)) ?? [];
    renameSync(store, store.replace(owner, 'ffffffffffff-b-ffffffffffffffff'));
    await expect(lane.sending()).rejects.toThrow('ENOENT');
    expect(await lane.first()).toBeUndefined();
    expect([lane.entries, lane.lost()]).toEqual([0, 0]);
    expect(host.problems).toEqual([expect.stringContaining('took this one for dead')]);
    await lane.append(entryOf(3));
    expect((await drain(lane)).map(({ items }) => items[0])).toEqual([3]);
  });
});

describe('A directory', () => {
  test('that cannot be used is said with what to do', async () => {
    const directory = testDirectory();
    writeFileSync(join(directory, 'file'), '');
    await expect(openLane(join(directory, 'file', 'spool'))).rejects.toThrow('A file is where the directory should be');
    await expect(openLane('/proc/spool')).rejects.toThrow('/proc/spool cannot be written');
  });

  test('that is not writable for the user is said with what to do', async () => {
    const directory = testDirectory();
    chmodSync(directory, 0o500);
    await expect(asAnybody(() => openLane(directory))).rejects.toThrow(
      /permission denied.* Make it writable for the user .* \(uid \d+\)/,
    );
  });

  test('on a full disk is said with what to do, and nothing of what did not fit stays', async () => {
    const directory = testDirectory();
    await withFullDisk(async () => {
      await expect(openLane(directory)).rejects.toThrow('The disk is full: make space');
    });
    const { lane } = await openLane(directory);
    await lane.append(entryOf(1, 2));
    await lane.first();
    await withFullDisk(async () => {
      await expect(lane.append(entryOf(3))).rejects.toThrow('ENOSPC');
      // What is delivered is noted in place.
      await lane.sending();
      await lane.settled([1]);
    });
    expect(filesIn(directory, '.entry')).toHaveLength(1);
    await lane.append(entryOf(4));
    const { lane: after } = await openLane(afterCrash(directory));
    expect(await drain(after)).toEqual([
      { items: [1, 2], settled: [1], interrupted: true },
      { items: [4], settled: [], interrupted: false },
    ]);
  });

  test('may have a path that is longer than those of sockets', async () => {
    const directory = join(testDirectory(), 'long-'.repeat(20), 'path-'.repeat(20));
    mkdirSync(directory, { recursive: true });
    const first = await openLane(directory);
    await first.lane.append(entryOf(1));
    const second = await openLane(directory);
    expect(second.lane.entries).toBe(0);
    await first.spool.close();
    expect(filesIn(directory, '.lock')).toHaveLength(1);
    await second.host.clock.advance(20);
    await second.lane.takeOver();
    expect(second.lane.entries).toBe(1);
  });

  test('is of one exporter: a spool cannot be given to two', async () => {
    const spool = diskSpool({ directory: testDirectory() });
    onTestFinished(() => spool.close());
    await spool.open(hostOf(), 'metrics');
    await expect(spool.open(hostOf({ exporter: 'other' }), 'metrics')).rejects.toThrow('make one for each');
  });

  test.each([
    [undefined, 'takes an object'],
    [{}, 'give an absolute path'],
    [{ directory: 'spool' }, 'give an absolute path'],
    [{ directory: '/spool', maxBytes: 100 }, '65536 or more'],
    [{ directory: '/spool', maxBytes: '100MB' }, 'give a number of bytes'],
    [{ directory: '/spool', maxByte: 1e6 }, 'maxBytes'],
  ])('and options are checked at once: %j', (options, message) => {
    expect(() => diskSpool(options as never)).toThrow(message);
  });
});

/** What was left, as if by a machine with another kernel. */
function ofAnotherMachine(directory: string, digit: string) {
  const [file = ''] = filesIn(directory, '.entry');
  const store = dirname(file);
  const [, kernel = '', rest = ''] = /\.([0-9a-f]{12})(-[sb]-[0-9a-f]{16})$/.exec(basename(store)) ?? [];
  const owner = `${digit.repeat(12)}${rest}`;
  renameSync(store, store.replace(`${kernel}${rest}`, owner));
  const alive = join(dirname(store), `${owner}.alive`);
  writeFileSync(alive, '{}');
  return { directory, alive };
}

/** As a user who is not allowed to write everywhere: tests may run as root. */
async function asAnybody<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

/** New contents find no space; what is written in place does. */
async function withFullDisk(work: () => Promise<void>): Promise<void> {
  const handle = await open(import.meta.filename);
  const files = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const spy = vi.spyOn(files, 'writeFile').mockImplementation(async () => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  });
  try {
    await work();
  } finally {
    spy.mockRestore();
  }
}
