import type { MetricsSnapshot } from '@telltale/core';
import { quantile, type Reading, readingsOf, total } from './readings.ts';
import { alarming, duration, rate, table, whole } from './tables.ts';

/** The shop between two snapshots, as tables: everything here was read from telemetry and from nowhere else. */
export function summaryOf(now: MetricsSnapshot, before: MetricsSnapshot): string {
  const seconds = now.time - before.time;
  return [
    requests(readingsOf(now, 'http.server.request.duration', before), seconds),
    jobs(now, before),
    queues(now),
    calls(readingsOf(now, 'boundary.call.duration', before), seconds),
    pools(now, before),
    processes(now),
  ].join('\n\n');
}

function requests(readings: readonly Reading[], seconds: number): string {
  const routes = grouped(
    readings,
    ({ service, attributes }) => `${service} ${attributes['http.request.method']} ${attributes['http.route']}`,
  );
  const rows = routes.map(([route, group]) => {
    const withStatus = (least: number, most: number): number =>
      total(group.filter(({ attributes }) => isBetween(attributes['http.response.status_code'], least, most)));
    return [
      route,
      whole(total(group)),
      rate(total(group), seconds),
      ...[0.5, 0.95, 0.99].map((q) => duration(quantile(group, q))),
      whole(withStatus(400, 498)),
      alarming(withStatus(500, 599)),
      whole(withStatus(499, 499)),
    ];
  });
  return table('REQUESTS', ['count', 'per s', 'p50', 'p95', 'p99', '4xx', '5xx', '499'], rows);
}

function jobs(now: MetricsSnapshot, before: MetricsSnapshot): string {
  const name = ({ attributes }: Reading): string =>
    [attributes['job.queue'], attributes['job.name']].filter((part) => part !== undefined).join(' / ');
  const read = (metric: string) => new Map(grouped(readingsOf(now, metric, before), name));
  const [durations, waits, active] = [read('job.duration'), read('job.wait.duration'), read('job.active')];
  const rows = [...active].map(([job, running]) => {
    const ended = durations.get(job) ?? [];
    const by = (outcome: string): number =>
      total(ended.filter(({ attributes }) => attributes['job.outcome'] === outcome));
    return [
      job,
      whole(by('completed')),
      whole(total(running)),
      duration(quantile(waits.get(job) ?? [], 0.95)),
      duration(quantile(ended, 0.95)),
      whole(by('retried')),
      alarming(by('failed')),
    ];
  });
  return table('JOBS', ['done', 'active', 'wait p95', 'p95', 'retried', 'failed'], rows);
}

function queues(now: MetricsSnapshot): string {
  const read = (metric: string) => Map.groupBy(readingsOf(now, metric), ({ attributes }) => attributes['job.queue']);
  const [ages, overdue, workers, paused] = [
    'queue.oldest_job.age',
    'queue.overdue',
    'queue.workers',
    'queue.paused',
  ].map(read);
  const of = (readings: ReturnType<typeof read> | undefined, queue: unknown): number =>
    total(readings?.get(queue as string) ?? []);
  const rows = [...read('queue.depth')].map(([queue, depths]) => {
    const inState = (...states: string[]): number =>
      total(depths.filter(({ attributes }) => states.includes(String(attributes['job.state']))));
    return [
      String(queue),
      whole(inState('waiting', 'prioritized')),
      whole(inState('delayed')),
      whole(inState('active')),
      duration(of(ages, queue)),
      whole(of(overdue, queue)),
      whole(of(workers, queue)),
      of(paused, queue) > 0 ? 'yes' : 'no',
    ];
  });
  return table('QUEUES', ['ready', 'delayed', 'active', 'oldest', 'overdue', 'workers', 'paused'], rows);
}

function calls(readings: readonly Reading[], seconds: number): string {
  const boundaries = grouped(
    readings,
    ({ attributes }) =>
      `${attributes['boundary.from']} → ${attributes['boundary.to']}  ${attributes['boundary.operation']}`,
  );
  const rows = boundaries.map(([boundary, group]) => [
    boundary,
    whole(total(group)),
    rate(total(group), seconds),
    ...[0.5, 0.95, 0.99].map((q) => duration(quantile(group, q))),
    alarming(total(group.filter(({ attributes }) => attributes['error.type'] !== undefined))),
  ]);
  return table('CALLS BETWEEN SERVICES', ['count', 'per s', 'p50', 'p95', 'p99', 'failed'], rows);
}

function pools(now: MetricsSnapshot, before: MetricsSnapshot): string {
  const name = ({ attributes }: Reading): string => String(attributes['worker_pool.name']);
  const read = (metric: string) => new Map(grouped(readingsOf(now, metric, before), name));
  const [tasks, waits] = [read('worker_pool.task.duration'), read('worker_pool.task.wait.duration')];
  const [busy, pending] = [read('worker_pool.busy'), read('worker_pool.pending')];
  const rows = [...read('worker_pool.size')].map(([pool, size]) => [
    pool,
    whole(total(tasks.get(pool) ?? [])),
    `${total(busy.get(pool) ?? [])} of ${total(size)}`,
    whole(total(pending.get(pool) ?? [])),
    duration(quantile(waits.get(pool) ?? [], 0.95)),
    duration(quantile(tasks.get(pool) ?? [], 0.95)),
  ]);
  return table('WORKER POOLS', ['tasks', 'busy', 'pending', 'wait p95', 'p95'], rows);
}

/** What `runtime: true` collects, of this process and its machine. */
function processes(now: MetricsSnapshot): string {
  const read = (name: string, key?: string, value?: string): number | undefined => {
    const own = readingsOf(now, name).filter(
      ({ service, attributes }) => service === 'shop' && (key === undefined || attributes[key] === value),
    );
    return own.length === 0 ? undefined : total(own);
  };
  const utilization = read('nodejs.eventloop.utilization');
  const room = readingsOf(now, 'system.filesystem.utilization').find(
    ({ attributes }) => attributes['system.filesystem.mountpoint'] === '/',
  );
  const row = [
    'this process',
    share(utilization),
    duration(read('nodejs.eventloop.delay.p99')),
    whole(total(readingsOf(now, 'v8js.gc.duration').filter(({ service }) => service === 'shop'))),
    megabytes(read('v8js.memory.heap.used')),
    megabytes(read('process.memory.usage')),
    duration(read('process.cpu.time')),
    share(read('system.memory.utilization', 'system.memory.state', 'used')),
    share(room?.value),
  ];
  return table('RUNTIME', ['loop', 'delay p99', 'GCs', 'heap', 'RSS', 'CPU', 'machine', 'disk'], [row]);
}

function share(value: number | undefined): string {
  return value === undefined ? '–' : `${Math.round(value * 100)} %`;
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? '–' : `${Math.round(bytes / 1e6)} MB`;
}

function grouped(readings: readonly Reading[], key: (reading: Reading) => string): [string, Reading[]][] {
  return [...Map.groupBy(readings, key)].sort(([a], [b]) => (a < b ? -1 : 1));
}

function isBetween(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most;
}
