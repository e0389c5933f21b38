import type { AlertRule } from '../rule.ts';
import { rule, Snapshots } from './snapshots.test-support.ts';

const BY = { by: ['route'] };
const CALLS = { metric: 'calls' };

/** Bytes in use, after garbage was collected. */
function used(): number {
  for (let i = 0; i < 3; i++) (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Ever new routes, each for half an hour. */
async function growth(): Promise<number> {
  const feed = new Snapshots([
    rule({ type: 'rate', ...CALLS, over: 300, is: '>', value: 0, ...BY }),
    rule({ type: 'percentile', metric: 'time', over: 300, quantile: 0.9, is: '>', value: 0, ...BY }, { name: 'Slow' }),
  ]);
  const turn = async (round: number) => {
    feed.drop('calls');
    feed.drop('time');
    for (let route = 0; route < 300; route++) {
      feed.set('calls', 5, { route: `${round}/${route}`, startTime: feed.now });
      feed.setCounts('time', [1, 2, 4], [1, 2, 3, 4], { route: `${round}/${route}`, startTime: feed.now });
    }
    await feed.during(1800, () => {}, 60);
  };
  for (let round = 0; round < 3; round++) await turn(round);
  const before = used();
  for (let round = 3; round < 20; round++) await turn(round);
  return used() - before;
}

/** What a rule of an objective over 1,000 routes takes, with all its windows full. */
async function widest(): Promise<number> {
  const windows = [
    { long: 3600, short: 300, factor: 14.4 },
    { long: 21_600, short: 1800, factor: 6 },
    { long: 259_200, short: 21_600, factor: 1 },
  ];
  const rules: readonly AlertRule[] = [
    rule({ type: 'burn-rate', bad: CALLS, of: CALLS, objective: 0.999, windows, ...BY }),
  ];
  const feed = new Snapshots(rules, 60);
  for (let route = 0; route < 1000; route++) feed.set('calls', 0, { route });
  await feed.after(60);
  const before = used();
  let total = 0;
  const more = () => {
    total++;
    for (let route = 0; route < 1000; route++) feed.set('calls', total, { route });
  };
  await feed.during(2000, more, 60);
  await feed.during(260_000, more, 3600);
  return used() - before;
}

process.stdout.write(JSON.stringify({ growth: await growth(), widest: await widest() }));
