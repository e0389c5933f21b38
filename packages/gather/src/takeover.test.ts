import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  eventually,
  type GatherHealth,
  startGroup,
  startProcess,
  type TestProcess,
  testGroup,
  testPlace,
} from './processes.test-support.ts';
import { fallen, growing, type Samples, samplesOf, sumOf } from './scrape.test-support.ts';

/** Processes that PM2 starts have this, and a parent that tells them nothing. */
const PM2 = { pm_id: '0' };

const orders = async (of: TestProcess) => sumOf(samplesOf(await of.call<string>('scrape')), 'orders_total');
const exportedBy = (processes: readonly TestProcess[]) =>
  processes.flatMap(({ exported }) => exported.filter(({ kind }) => kind === 'metrics').flatMap(({ items }) => items));
const sum = (values: readonly unknown[]) => values.reduce<number>((total, value) => total + Number(value), 0);
const isGatherer = (of: TestProcess) =>
  eventually(
    () => of.call<GatherHealth>('health'),
    ({ role }) => role === 'gatherer',
  );

describe('siblings of a parent that tells them nothing', () => {
  it('meet by themselves; when the one that gathers is killed another does, and no scrape is lower than before', async () => {
    const options = { service: `shop ${randomUUID()}` };
    const env = { ...testPlace(), ...PM2 };
    const [first, second, third] = (await startGroup(3, options, env)) as [TestProcess, TestProcess, TestProcess];
    let last: Samples = new Map();
    const falls: string[] = [];
    const scrape = async (of: TestProcess) => {
      const samples = growing(await of.call<string>('scrape'));
      falls.push(...fallen(last, samples));
      last = samples;
    };
    for (const [i, one] of [first, second, third].entries()) {
      await one.call('add', 10 ** i);
      await one.call('record', 0.1 + i / 3);
    }
    await scrape(third);
    await first.kill('SIGKILL');
    await scrape(third);
    await scrape(second);
    await second.call('add', 1000);
    const fourth = await startProcess(options, env);
    await fourth.call('add', 10_000);
    await scrape(fourth);
    const gatherer = (await second.call<GatherHealth>('health')).role === 'gatherer' ? second : third;
    await gatherer.kill('SIGKILL');
    await scrape(fourth);
    expect(falls).toEqual([]);
    expect(await orders(fourth)).toBe(11_111);
  });

  it('of another service are another group', async () => {
    const env = { ...testPlace(), ...PM2 };
    const [first] = await startGroup(1, { service: `a ${randomUUID()}` }, env);
    const [second] = await startGroup(1, { service: `b ${randomUUID()}` }, env);
    await first?.call('add', 1);
    expect(await orders(second as TestProcess)).toBe(0);
  });
});

describe('an exporter of differences', () => {
  it('is handed nothing twice when another process takes over', async () => {
    const group = (await startGroup(3, { gather: testGroup() }, testPlace())) as [
      TestProcess,
      TestProcess,
      TestProcess,
    ];
    const [first, second, third] = group;
    await first.call('add', 1);
    await second.call('add', 10);
    await first.call('flush');
    expect(exportedBy(group)).toEqual([11]);
    await second.call('add', 100);
    await orders(third); // so that the gatherer has told what it knows
    await first.kill('SIGKILL');
    await Promise.race([isGatherer(second), isGatherer(third)]);
    await third.call('add', 1000);
    for (const one of [second, third]) await one.call('flush');
    await Promise.race([isGatherer(second), isGatherer(third)]);
    expect(exportedBy(group)).toEqual([11, 1100]);
  });

  it('is handed by the next what the last one had no time to export', async () => {
    const group = (await startGroup(2, { gather: testGroup() }, testPlace())) as [TestProcess, TestProcess];
    const [first, second] = group;
    await first.call('add', 1);
    await orders(second);
    await first.kill('SIGKILL');
    await isGatherer(second);
    await second.call('flush');
    expect(exportedBy(group)).toEqual([1]);
  });

  it('is handed everything once when all processes are told to end at the same time', async () => {
    const group = (await startGroup(4, { gather: testGroup() }, testPlace())) as readonly TestProcess[];
    for (const [i, one] of group.entries()) await one.call('add', 10 ** i);
    const ends = await Promise.all(group.map((one) => one.kill('SIGTERM')));
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(sum(exportedBy(group))).toBe(1111);
  });

  it('is handed everything once when processes end one after the other, the gatherer first', async () => {
    const group = (await startGroup(3, { gather: testGroup() }, testPlace())) as readonly TestProcess[];
    for (const [i, one] of group.entries()) await one.call('add', 10 ** i);
    for (const one of group) {
      await one.call('add', 1000);
      await one.kill('SIGTERM');
    }
    expect(sum(exportedBy(group))).toBe(3111);
  });
});

it('what the gatherer records of its last exports is counted by the next one, too', async () => {
  const group = (await startGroup(2, { gather: testGroup() }, testPlace())) as [TestProcess, TestProcess];
  const [first, second] = group;
  await first.call('add', 1);
  const before = await second.call<string>('scrape');
  await first.kill('SIGTERM');
  await isGatherer(second);
  const after = await second.call<string>('scrape');
  expect(fallen(growing(before), growing(after))).toEqual([]);
  const exports = (body: string) => sumOf(samplesOf(body), 'telltale_export_duration_seconds_count');
  expect(exports(after) - exports(before)).toBe(first.exported.length);
  expect(first.exported.length).toBeGreaterThan(0);
});

it('spans that wait while nobody gathers go to the next one', async () => {
  const group = (await startGroup(2, { gather: testGroup() }, testPlace())) as [TestProcess, TestProcess];
  const [first, second] = group;
  await second.call('span', 'before');
  await second.call('flush');
  await first.call('flush');
  await first.kill('SIGKILL');
  await second.call('span', 'after');
  await second.call('flush');
  const names = group.flatMap(({ exported }) =>
    exported.filter(({ kind }) => kind === 'spans').flatMap(({ items }) => items),
  );
  expect(names).toMatchObject([{ name: 'before' }, { name: 'after' }]);
});
