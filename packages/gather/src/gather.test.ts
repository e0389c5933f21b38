import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createTelemetry, TelemetryError } from '@telltale/core';
import { ManualClock } from '@telltale/testing';
import { describe, expect, it, vi } from 'vitest';
import { type GatherOptions, gather } from './index.ts';
import {
  eventually,
  type GatherHealth,
  startGroup,
  startProcess,
  type TestProcess,
  testGroup,
  testPlace,
} from './processes.test-support.ts';
import { samplesOf, sumOf } from './scrape.test-support.ts';

/** Stops a process in the middle; what it gives lets it go on. */
async function block(one: TestProcess, { TMPDIR }: NodeJS.ProcessEnv): Promise<() => Promise<void>> {
  const file = join(TMPDIR!, 'go');
  const blocked = one.call('block', file);
  await vi.waitUntil(() => existsSync(`${file}.begun`), { timeout: 60_000 });
  return async () => {
    writeFileSync(file, '');
    await blocked;
  };
}

const scrape = async (of: { call<T>(name: string): Promise<T> }) => samplesOf(await of.call<string>('scrape'));

describe('a group of processes', () => {
  it('is one telemetry: each scrape of any of them shows what all have recorded by then', async () => {
    const group = await startGroup(3, { gather: testGroup() }, testPlace());
    for (const [i, one] of group.entries()) {
      await one.call('add', 10 ** i, { plan: 'pro' });
      await one.call('record', 5);
      await one.call('upDown', 1);
    }
    for (const one of group) {
      const samples = await scrape(one);
      expect(samples.get('orders_total{plan="pro"}')).toBe(111);
      expect([samples.get('price_count'), samples.get('price_sum'), samples.get('open')]).toEqual([3, 15, 3]);
    }
    expect(await Promise.all(group.map((one) => one.call('health')))).toMatchObject([
      { role: 'gatherer', members: 2 },
      { role: 'member', members: 0 },
      { role: 'member', members: 0 },
    ]);
  });

  it('keeps the counts of members that end, and lets their gauges and up-down counters go', async () => {
    const options = { gather: testGroup() };
    const [first, second, third] = await startGroup(3, options, testPlace());
    for (const one of [second, third]) {
      await one?.call('add', 5);
      await one?.call('upDown', 1);
    }
    await second?.call('gauge', 'heat', 7);
    expect(sumOf(await scrape(first!), 'open')).toBe(2);
    await second?.kill('SIGTERM');
    const after = await scrape(first!);
    expect([sumOf(after, 'orders_total'), sumOf(after, 'open'), after.has('heat')]).toEqual([10, 1, false]);
  });

  it('exports the spans and events of members once, by the gatherer, as the services that they are of', async () => {
    const [first, second] = await startGroup(2, { gather: testGroup() }, testPlace());
    await first?.call('span', 'at home');
    await second?.call('span', 'abroad');
    await second?.call('job', 'etl');
    await second?.call('flush');
    await first?.call('flush');
    const of = (kind: string) => first?.exported.filter((one) => one.kind === kind).flatMap(({ items }) => items);
    expect(of('spans')).toEqual([
      { name: 'at home', instance: `of ${first?.pid}`, states: [null] },
      { name: 'abroad', instance: `of ${second?.pid}`, states: ['vendor=1'] },
      expect.objectContaining({ name: 'etl', instance: `of ${second?.pid}` }),
    ]);
    expect(of('events')).toEqual(['etl']);
    expect(second?.exported).toEqual([]);
  });

  it('merges gauges by their rules', async () => {
    const gauges = { 'most.*': 'max', least: 'min', all: 'sum' } as const;
    const [first, second] = await startGroup(2, { gather: { ...testGroup(), gauges } }, testPlace());
    for (const name of ['most.heat', 'least', 'all', 'newest']) {
      await second?.call('gauge', name, 2);
      await scrape(first!);
      await first?.call('gauge', name, 1);
    }
    const samples = await scrape(second!);
    expect(['most_heat', 'least', 'all', 'newest'].map((name) => samples.get(name))).toEqual([2, 1, 3, 1]);
    await second?.call('gauge', 'newest', 4);
    expect((await scrape(first!)).get('newest')).toBe(4);
  });

  it('tells processes apart when asked, and keeps the series of those that ended', async () => {
    const options = { gather: { ...testGroup(), distinguish: true } };
    const env = testPlace();
    const [first, second] = await startGroup(2, options, env);
    await first?.call('add', 1);
    await second?.call('add', 2);
    await second?.call('gauge', 'heat', 3);
    const series = (pid: number | undefined, name = 'orders_total') => `${name}{process_pid="${pid}"}`;
    const before = await scrape(second!);
    expect(['orders_total', 'heat'].map((name) => before.get(series(second?.pid, name)))).toEqual([2, 3]);
    await second?.kill('SIGKILL');
    const after = await scrape(first!);
    expect([first, second].map((one) => after.get(series(one?.pid)))).toEqual([1, 2]);
    expect(after.has(series(second?.pid, 'heat'))).toBe(false);
  });

  it('of processes that ended keeps the series of the last sixteen, where they are told apart', async () => {
    const options = { gather: { ...testGroup(), distinguish: true } };
    const env = testPlace();
    const [first] = await startGroup(1, options, env);
    for (let i = 0; i < 18; i++) {
      const one = await startProcess(options, env);
      await one.call('add', 1);
      await one.call('shutdown');
    }
    expect(sumOf(await scrape(first!), 'orders_total')).toBe(16);
  }, 400_000);

  it('leaves a histogram with other buckets out, and tells of it once', async () => {
    const shared = { gather: testGroup() };
    const env = testPlace();
    const [first] = await startGroup(1, { ...shared, boundaries: [1, 10] }, env);
    await first?.call('record', 5);
    await scrape(first!);
    const second = await startProcess({ ...shared, boundaries: [2, 20] }, env);
    await second.call('record', 5);
    expect((await scrape(second)).get('price_count')).toBe(1);
    await scrape(second);
    expect(first?.problems).toEqual([
      '"price" is a histogram with the buckets [1, 10] in one process of this group and a histogram with the buckets [2, 20] in another; the second is left out. Define it alike in both.',
    ]);
  });

  it('has a budget of series for all together', async () => {
    const [first, second] = await startGroup(2, { gather: testGroup(), total: 40 }, testPlace());
    await first?.call('add', 1);
    for (let i = 0; i < 30; i++) await first?.call('gauge', `a${i}`, 1);
    await scrape(first!);
    for (let i = 0; i < 30; i++) await second?.call('gauge', `b${i}`, 1);
    const samples = await scrape(first!);
    expect((await first?.call<{ series: number }>('health'))?.series).toBe(40);
    expect(samples.get('orders_total')).toBe(1);
    expect(first?.problems.join()).toMatch(/^The processes of this group have more than 40 series together/);
  });

  it('does not wait for a process that does not answer: it is shown as it was', async () => {
    const env = testPlace();
    const [first, second, third] = await startGroup(3, { gather: testGroup() }, env);
    await second?.call('add', 1);
    await scrape(first!);
    await third?.call('add', 1);
    const release = await block(second!, env);
    expect(sumOf(await scrape(first!), 'orders_total')).toBe(2);
    expect(sumOf(await scrape(third!), 'orders_total')).toBe(2);
    await release();
  });

  it('fails a scrape rather than tell a part for the whole, while the gatherer does not answer', async () => {
    const env = testPlace();
    const [first, second] = await startGroup(2, { gather: testGroup() }, env);
    const release = await block(first!, env);
    await expect(second?.call('scrape')).rejects.toThrow(
      'The metrics of the group cannot be had: the process that gathers does not answer. A part of them would pass for the whole',
    );
    await release();
    await second?.call('add', 1);
    expect(sumOf(await scrape(second!), 'orders_total')).toBe(1);
  });

  it.each([
    ['text', 'GET / HTTP/1.1\r\n\r\n'],
    ['a message of no kind', Buffer.from([0x91, 0xa1, 0x78])],
    ['metrics before a hello', Buffer.from([0x92, 0xa6, ...Buffer.from('points'), 0x90])],
  ])('drops who sends %s to its socket, tells of it, and goes on', async (_, nonsense) => {
    const env = testPlace();
    const [first, second] = await startGroup(2, { gather: testGroup() }, env);
    const folder = readdirSync(env.TMPDIR!, { recursive: true }).map(String);
    const socket = connect(join(env.TMPDIR!, folder.find((name) => name.endsWith('.s'))!));
    socket.on('error', () => {});
    socket.write(nonsense);
    await new Promise((resolve) => socket.once('close', resolve));
    await second?.call('add', 1);
    expect(sumOf(await scrape(first!), 'orders_total')).toBe(1);
    expect(first?.problems.join()).toMatch(/A process sent something to the socket in .* and was dropped/);
  });

  it('of another name is another one', async () => {
    const env = testPlace();
    const [first] = await startGroup(1, { gather: testGroup() }, env);
    const [second] = await startGroup(1, { gather: testGroup() }, env);
    await first?.call('add', 1);
    expect(sumOf(await scrape(second!), 'orders_total')).toBe(0);
  });

  it('leaves nothing behind when its last process has ended', async () => {
    const env = testPlace();
    const alone = await startProcess({}, env);
    await eventually(
      () => alone.call<GatherHealth>('health'),
      ({ role }) => role === 'gatherer',
    );
    await alone.call('scrape');
    expect(
      readdirSync(env.TMPDIR!, { recursive: true })
        .map(String)
        .some((name) => name.endsWith('.s')),
    ).toBe(true);
    await alone.kill('SIGTERM');
    expect(readdirSync(join(env.TMPDIR!, `telltale-${process.getuid?.()}`))).toEqual([]);
  });
});

describe('telemetry without a group', () => {
  it('goes on by itself where processes cannot meet, and says so', async () => {
    const problems: string[] = [];
    const before = process.env.TMPDIR;
    process.env.TMPDIR = '/dev/null';
    const telemetry = createTelemetry({
      service: { name: 'shop' },
      gather: gather(testGroup()),
      onError: (error) => void problems.push(error.message),
    });
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    telemetry.counter('orders').add(1);
    await telemetry.flush();
    expect(telemetry.health().gather).toMatchObject({ role: 'gatherer', members: 0 });
    expect(telemetry.snapshot().metrics.map(({ name }) => name)).toContain('orders');
    expect(problems).toEqual([
      expect.stringMatching(/^The processes of this service cannot meet, so each exports by itself/),
    ]);
    await telemetry.shutdown();
  });

  it('has no part of it', () => {
    const telemetry = createTelemetry({ service: { name: 'shop' }, clock: new ManualClock() });
    expect(telemetry.health().gather).toBeUndefined();
  });
});

describe('gather says what is wrong and how to mend it:', () => {
  const wrong: readonly [string, unknown][] = [
    ['an unknown option', { groups: 'x' }],
    ['a group of the wrong type', { group: 7 }],
    ['an empty group', { group: ' ' }],
    ['a rule that is nearly one', { gauges: { heat: 'maxx' } }],
    ['a rule that is none', { gauges: { heat: 'median' } }],
    ['gauges that are none', { gauges: 'max' }],
    ['a wrong interval', { every: 0 }],
    ['an interval in milliseconds', { every: 500 }],
    ['distinguish by name', { distinguish: 'pid' }],
    ['no options at all', null],
  ];
  it.each(wrong)('%s', (_, options) => {
    let message: unknown;
    try {
      gather(options as GatherOptions);
    } catch (error) {
      message = error instanceof TelemetryError ? `${error.code}: ${error.message}` : error;
    }
    expect(message).toMatchSnapshot();
  });

  it('a gathering that is used twice', async () => {
    const shared = gather(testGroup());
    const telemetry = createTelemetry({ service: { name: 'a' }, gather: shared });
    expect(() => createTelemetry({ service: { name: 'b' }, gather: shared })).toThrow(
      'A gather() serves one telemetry: make another for the second one.',
    );
    await telemetry.shutdown();
  });

  it('what is given to createTelemetry in place of it', () => {
    expect(() => createTelemetry({ service: { name: 'a' }, gather: gather as never })).toThrow(
      '"gather" is of type function; give what gather() of @telltale/gather makes, or leave it out.',
    );
  });
});
