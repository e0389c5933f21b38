import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import type { Exporter, Metric, Telemetry } from '../index.ts';
import type { ManualClock } from '../manual-clock.test-support.ts';
import { testTelemetry } from '../telemetry.test-support.ts';
import { conventionOf, METRICS, type MetricConvention } from './index.ts';

/** Of other packages: their own tests hold against the list. */
const ELSEWHERE = ['native', 'function'];
const OWN = METRICS.filter(({ name, about }) => !ELSEWHERE.includes(about) && name !== 'boundary.call.sampling');

type Shape = Omit<MetricConvention, 'about'>;
const shapeOf = ({ name, type, unit, description, attributes }: Shape): Shape => ({
  name,
  type,
  unit,
  description,
  attributes: [...attributes].sort(),
});

/** What metrics are like, with all keys that any of their series has. */
function shapesOf(metrics: readonly Metric[]): readonly Shape[] {
  return metrics.map((metric) => ({
    ...shapeOf({ ...metric, attributes: [] }),
    attributes: [...new Set(metric.points.flatMap((point) => Object.keys(point.attributes)))].sort(),
  }));
}

const byName = (a: Shape, b: Shape): number => (a.name < b.name ? -1 : 1);
const listed = (runtime: boolean): readonly Shape[] =>
  OWN.filter(({ about }) => (about === 'runtime') === runtime)
    .map(shapeOf)
    .sort(byName);

function requests(telemetry: Telemetry): void {
  const start = { method: 'GET', scheme: 'https' };
  const request = telemetry.request(start);
  request.stream();
  request.end({ status: 500, route: '/orders', error: new Error('gone'), requestBodySize: 1, responseBodySize: 2 });
}

function jobs(telemetry: Telemetry, clock: ManualClock): void {
  const start = (options = {}) => telemetry.job('etl', { queue: 'night', waited: 1, resources: true, ...options });
  const job = start({ attempt: 2 });
  job.records('extracted', 1);
  job.bytes('read', 1);
  job.apiCall('s3');
  job.progress(1, 2);
  job.chunk(1);
  job.retry();
  clock.advance(2);
  job.end('failed', new Error('broken'));
  const queue = telemetry.queue('night');
  queue.claim();
  queue.enqueued('etl');
  queue.stalled();
  queue.lockRenewalFailed();
  queue.rateLimited(1);
  queue.sampled({ depth: { waiting: 1 }, oldestAge: 1, overdue: 1, workers: 1, paused: true });
}

function pools(telemetry: Telemetry): void {
  const pool = telemetry.workerPool('thumbnails', { size: 1 });
  pool.task('resize', () => 'small');
  expect(() =>
    pool.task('resize', () => {
      throw new Error('broken');
    }),
  ).toThrow('broken');
  pool.exited(new Error('crashed'));
  // As @telltale/worker-threads does.
  pool.worker({ 'thread.id': 1 });
}

function boundaries(telemetry: Telemetry, clock: ManualClock): void {
  const options = { to: 'stock', operation: 'reserve', protocol: 'http', cpu: true };
  telemetry.boundary(options, (call) => {
    call.bytes('sent', 1);
    call.status(503);
    clock.advance(1);
  });
  // Two at a time: nobody knows whose CPU time it was.
  const calls = [telemetry.boundary(options), telemetry.boundary(options)];
  for (const call of calls) call.end();
}

async function locks(telemetry: Telemetry, clock: ManualClock): Promise<void> {
  const lock = telemetry.lock('stock');
  const mode = 'exclusive';
  const held = await lock.acquire(() => 'mine', { mode });
  await lock.acquire(() => false, { mode });
  for (let second = 0; second < 40; second++) {
    clock.advance(1);
    await new Promise((resolve) => setImmediate(resolve));
  }
  held.release();
}

/** Not all file systems and disks have all attributes, and some machines have no disk that the kernel tells of. */
const OF_THE_MACHINE = /^system\.(?:disk|filesystem)\./;
const DISK = /^system\.disk\./;

/** Collections are measured only when there are any. */
setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

describe('METRICS', () => {
  it('is each metric that core makes, as it makes it, and no other', async () => {
    const backend: Exporter = { name: 'backend', exportMetrics: async () => {} };
    const { telemetry, clock } = testTelemetry({ exporters: [backend], cardinality: { perInstrument: 5 } });
    requests(telemetry);
    jobs(telemetry, clock);
    pools(telemetry);
    boundaries(telemetry, clock);
    await locks(telemetry, clock);
    // A value that is none is a problem, and too many are an overflow.
    const counter = telemetry.counter('orders');
    for (let customer = -1; customer < 10; customer++) counter.add(customer, { customer });
    await telemetry.flush();
    const made = telemetry.snapshot().metrics.filter(({ name }) => name !== 'orders');
    expect(shapesOf(made)).toEqual(listed(false));
  });

  it('is each metric of the option runtime, as it is made, and no other', async () => {
    const { telemetry } = testTelemetry({ runtime: true });
    const wanted = listed(true);
    await vi.waitFor(
      async () => {
        collectGarbage();
        const { metrics } = await telemetry.collect();
        const made = shapesOf(metrics.filter(({ name }) => !name.startsWith('telltale.'))).map((shape) => {
          const known = wanted.find(({ name }) => name === shape.name);
          const isKnown = known !== undefined && shape.attributes.every((key) => known.attributes.includes(key));
          return isKnown && OF_THE_MACHINE.test(shape.name) ? { ...shape, attributes: known.attributes } : shape;
        });
        const there = wanted.filter(({ name }) => !DISK.test(name) || made.some((shape) => shape.name === name));
        expect(made).toEqual(there);
      },
      { timeout: 20_000, interval: 100 },
    );
  });

  it('has each name once, is frozen, and has no more to it than the service can rely on', () => {
    const names = METRICS.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
    expect([METRICS, ...METRICS, ...METRICS.map(({ attributes }) => attributes)].every(Object.isFrozen)).toBe(true);
  });
});

describe('conventionOf', () => {
  it('gives what a metric is by its name', () => {
    expect(conventionOf('queue.depth')).toEqual({
      name: 'queue.depth',
      type: 'gauge',
      unit: '{job}',
      description: 'Jobs in a queue.',
      attributes: ['job.queue', 'job.state'],
      about: 'queue',
    });
  });

  it('throws a short message for a long name', () => {
    let message = '';
    try {
      conventionOf('x'.repeat(1e6));
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(/^Telltale has no metric of its own called "x{100}…"/);
  });

  it.each([
    ['queue.dept', 'queue.depth'],
    ['http_server_request_duration_seconds', 'http.server.request.duration'],
    ['', 'job.io'],
  ])('throws for a name that is none, and says the nearest: %s', (name, nearest) => {
    expect(() => conventionOf(name)).toThrow(
      expect.objectContaining({
        name: 'TelemetryError',
        code: 'ERR_OPTION',
        message: `Telltale has no metric of its own called "${name}"; the nearest is "${nearest}". METRICS of @telltale/core/conventions lists all.`,
      }),
    );
  });
});
