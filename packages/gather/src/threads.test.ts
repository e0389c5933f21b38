import { expect, it } from 'vitest';
import { eventually, type GatherHealth, startProcess, type TestProcess, testPlace } from './processes.test-support.ts';
import { samplesOf, sumOf } from './scrape.test-support.ts';

async function withThreads(count: number, options = {}): Promise<TestProcess> {
  const main = await startProcess(options, testPlace());
  await eventually(
    () => main.call<GatherHealth>('health'),
    ({ role }) => role === 'gatherer',
  );
  for (let i = 0; i < count; i++) await main.call('thread');
  return main;
}

const scrape = async (main: TestProcess) => samplesOf(await main.call<string>('scrape'));

it('worker threads belong to their process, and what those counted that ended is kept', async () => {
  const main = await withThreads(3);
  await main.call('add', 1);
  for (const at of [0, 1, 2]) await main.call('inThread', at, 'add', [10 ** (at + 1)]);
  expect(sumOf(await scrape(main), 'orders_total')).toBe(1111);
  // Of a thread that is terminated, as of a process that is killed, what was told; one that ends by itself tells all.
  await main.call('terminate', 0);
  await main.call('inThread', 1, 'add', [10_000]);
  await main.call('endThread', 1);
  expect(sumOf(await scrape(main), 'orders_total')).toBe(11_111);
  await eventually(
    () => main.call<GatherHealth>('health'),
    ({ members }) => members === 1,
  );
  await main.call('thread');
  await main.call('inThread', 3, 'add', [100_000]);
  expect(sumOf(await scrape(main), 'orders_total')).toBe(111_111);
});

it('threads are told apart by process.pid and thread.id when asked', async () => {
  const main = await withThreads(1, { gather: { distinguish: true } });
  await main.call('add', 1);
  await main.call('inThread', 0, 'add', [2]);
  const samples = await scrape(main);
  expect(samples.get(`orders_total{process_pid="${main.pid}"}`)).toBe(1);
  expect(samples.get(`orders_total{process_pid="${main.pid}",thread_id="1"}`)).toBe(2);
});

it('pools of several threads are one: sizes add up, and utilization is weighed by them', async () => {
  const main = await withThreads(1);
  await main.call('pool', 1);
  await main.call('inThread', 0, 'pool', [3]);
  const samples = await scrape(main);
  expect(samples.get('worker_pool_size{worker_pool_name="thumbnails"}')).toBe(4);
  expect(samples.get('worker_pool_utilization_ratio{worker_pool_name="thumbnails"}')).toBe(0);
});
