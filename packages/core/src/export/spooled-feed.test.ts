import { createTraceState } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import type { Metric, MetricsSnapshot, Point } from '../metrics/snapshot.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';
import { ExportError, type Exporter } from './exporter.ts';
import { MemorySpool } from './memory-spool.test-support.ts';
import { hang, refuseConnection, Stage } from './push-loop.test-support.ts';
import { eventOf, pointsOf, resource, spanOf } from './samples.test-support.ts';
import type { Signal } from './signal.ts';

class SpooledStage extends Stage {
  readonly spool: MemorySpool;

  constructor(more: Partial<Exporter> = {}, signals: readonly Signal[] = ['metrics'], spool = new MemorySpool()) {
    super({ ...more, delivery: { circuitBreaker: false, ...more.delivery, spool } }, signals);
    this.spool = spool;
  }

  /** Records, and lets an interval pass. */
  async minutes(...amounts: readonly number[]): Promise<void> {
    for (const amount of amounts) {
      this.total += amount;
      await this.clock.advance(60);
    }
  }

  get health() {
    return this.loop.health();
  }
}

async function started(...given: ConstructorParameters<typeof SpooledStage>): Promise<SpooledStage> {
  const stage = new SpooledStage(...given);
  stage.loop.start();
  await stage.clock.advance(0);
  return stage;
}

describe('Metrics through a spool', () => {
  test('are kept for each interval of an outage, with their own times, and sent in order after it', async () => {
    const stage = await started({ temporality: 'delta' });
    stage.always = refuseConnection;
    await stage.minutes(1, 2, 3, 4);
    expect(stage.health.signals.metrics).toMatchObject({ status: 'failing', queued: 4, dropped: 0 });
    stage.always = undefined;
    stage.calls.length = 0;
    await stage.minutes(5);
    expect(stage.values).toEqual([1, 2, 3, 4, 5]);
    const times = stage.calls.flatMap(({ items }) =>
      (items as Point[]).map(({ startTime, time }) => [startTime, time]),
    );
    // Each begins where the one before it ended.
    expect(times.slice(1).map(([startTime]) => startTime)).toEqual(times.slice(0, -1).map(([, time]) => time));
    expect(stage.outcomes).toEqual({ 'metrics accepted': 5 });
    expect(stage.health.signals.metrics?.queued).toBe(0);
  });

  test('are sent as totals, every interval of an outage, to an exporter of totals', async () => {
    const stage = await started();
    stage.always = refuseConnection;
    await stage.minutes(1, 2, 3);
    stage.always = undefined;
    stage.calls.length = 0;
    await stage.minutes(4);
    expect(stage.values).toEqual([1, 3, 6, 10]);
  });

  test('are on disk before they are sent, and noted on the way', async () => {
    const stage = await started({ temporality: 'delta' });
    stage.answers.push(refuseConnection);
    await stage.minutes(1, 1);
    expect(stage.spool.log.slice(0, 6)).toEqual([
      'metrics append 1',
      'metrics sending',
      'metrics returned',
      'metrics sending',
      'metrics remove',
      'metrics append 1',
    ]);
  });

  test('are handed over as the very objects while the disk need not be read, and frozen with one resource when it was', async () => {
    const stage = await started({ temporality: 'delta' });
    stage.always = refuseConnection;
    await stage.minutes(1, 2);
    const snapshots: MetricsSnapshot[] = [];
    const after = await started(
      {
        temporality: 'delta',
        exportMetrics: async (snapshot, context) => {
          snapshots.push(snapshot);
          expect(context.resource).toBe(resource);
        },
      },
      ['metrics'],
      stage.spool.afterCrash(),
    );
    await after.clock.advance(10);
    expect(snapshots).toHaveLength(2);
    for (const snapshot of snapshots) {
      expect(snapshot.resource).toBe(resource);
      expect(snapshot.metrics[0]?.resource).toBe(resource);
      expectFrozen(snapshot);
    }
    expect(snapshots.flatMap(pointsOf)).toEqual(
      stage.calls[0]?.items.concat(pointsOf(snapshots[1] as MetricsSnapshot)),
    );
  });

  test('are flushed at once, and flushing writes them even while the backend is down', async () => {
    const stage = await started({ temporality: 'delta' });
    stage.total = 7;
    await stage.loop.flush();
    expect(stage.values).toEqual([7]);
    stage.always = refuseConnection;
    stage.total = 9;
    await stage.loop.flush();
    expect(stage.spool.kept.metrics).toHaveLength(1);
  });

  test('that could not be collected are told, and collected again', async () => {
    const stage = await started({ temporality: 'delta' });
    const { collect } = stage as unknown as { collect(): Promise<MetricsSnapshot> };
    let failures = 1;
    collecting(stage, async () => {
      if (failures-- > 0) throw new Error('no numbers today');
      return collect.call(stage);
    });
    await stage.minutes(1, 1);
    expect(stage.told.join()).toContain('no numbers today');
    expect(stage.values).toEqual([2]);
  });

  test('are neither taken nor sent while another process exports', async () => {
    const stage = await started({ temporality: 'delta' });
    stage.loop.lead(false);
    await stage.minutes(1, 1);
    expect(stage.spool.log).toEqual([]);
    stage.loop.lead(true);
    await stage.minutes(1);
    expect(stage.values).toEqual([3]);
  });
});

describe('Spans and events through a spool', () => {
  test('outlast an outage that their buffer would not', async () => {
    const stage = await started({}, ['spans']);
    stage.always = refuseConnection;
    for (let i = 0; i < 10_000; i++) {
      stage.loop.offerSpan(spanOf(`${i}`));
      if (i % 500 === 499) await stage.clock.advance(0.01);
    }
    await stage.clock.advance(60);
    expect(stage.health).toMatchObject({ queued: { spans: 10_000 }, dropped: 0 });
    stage.always = undefined;
    stage.calls.length = 0;
    for (let i = 0; i < 60; i++) await stage.clock.advance(1);
    expect(namesOf(stage)).toEqual(Array.from({ length: 10_000 }, (_, i) => `${i}`));
  });

  test('leave within their interval while all goes well', async () => {
    const stage = await started({}, ['spans', 'events']);
    stage.loop.offerSpan(spanOf('a'));
    stage.loop.offerEvent(eventOf('b'));
    await stage.clock.advance(10);
    expect(stage.calls.map(({ signal }) => signal)).toEqual(['events', 'spans']);
    expect(stage.times[0]).toBeLessThanOrEqual(1);
    expect(stage.times[1]).toBeLessThanOrEqual(5.5);
    expect(stage.outcomes).toEqual({ 'events accepted': 1, 'spans accepted': 1 });
  });

  test('come back from disk as they were, links with their trace state, too', async () => {
    const stage = await started({}, ['spans']);
    stage.always = refuseConnection;
    const other = { attributes: { 'service.name': 'auth' } };
    const link = {
      context: {
        traceId: '1'.repeat(32),
        spanId: '2'.repeat(16),
        traceFlags: 1,
        traceState: createTraceState('a=1,b=2'),
      },
    };
    const spans = [
      spanOf('one', { links: [link], resource: other }),
      spanOf('two', { resource: other }),
      spanOf('three'),
    ];
    for (const span of spans) stage.loop.offerSpan(span);
    await stage.clock.advance(10);
    const after = await started({}, ['spans'], stage.spool.afterCrash());
    await after.clock.advance(10);
    const [one, two, three] = after.calls.flatMap(({ items }) => items as readonly FinishedSpan[]);
    expect(one?.links[0]?.context.traceState?.serialize()).toBe('a=1,b=2');
    expect([{ ...one, links: [] }, two, three]).toEqual([{ ...spans[0], links: [] }, spans[1], spans[2]]);
    expect(one?.resource).toBe(two?.resource);
    expect(three?.resource).toBe(resource);
  });
});

describe('What the backend took', () => {
  test('is noted item by item and not handed over again, also by the process after a crash', async () => {
    const stage = await started({}, ['spans']);
    for (const name of ['a', 'b', 'c', 'd']) stage.loop.offerSpan(spanOf(name));
    stage.always = refuseConnection;
    stage.answers.push(async (items, { accepted, request }) => {
      accepted([items[1] as FinishedSpan]);
      await request?.(10);
      expect(stage.spool.log).toContain('spans settled 1');
      throw new Error('connection lost');
    });
    await stage.clock.advance(7);
    const after = await started({}, ['spans'], stage.spool.afterCrash());
    await after.clock.advance(10);
    expect(namesOf(after)).toEqual(['a', 'c', 'd']);
    expect(after.outcomes).toEqual({ 'spans accepted': 3 });
  });

  test('leaves the rest of a snapshot as the very points', async () => {
    const stage = await started({ temporality: 'cumulative' });
    collecting(stage, async () => twoMetrics);
    stage.answers.push(async (items, { accepted }) => {
      accepted([items[0] as Point, items[2] as Point]);
      throw new Error('connection lost');
    });
    await stage.clock.advance(70);
    const [first, second] = stage.calls;
    expect(second?.items).toEqual([first?.items[1]]);
    expect(second?.items[0]).toBe(first?.items[1]);
  });

  test('is found by halves where a batch is refused for what some of it hold', async () => {
    const stage = await started({}, ['spans']);
    stage.always = async (items) => {
      const bad = (items as FinishedSpan[]).filter(({ name }) => name === '5');
      if (bad.length > 0 && items.length > 1) throw new ExportError('bad span', { divisible: true });
      if (bad.length > 0) throw new ExportError('bad span', { divisible: true, retryable: false });
    };
    for (let i = 0; i < 8; i++) stage.loop.offerSpan(spanOf(`${i}`));
    await stage.clock.advance(60);
    expect(stage.outcomes).toEqual({ 'spans accepted': 7, 'spans rejected': 1 });
    expect(stage.spool.kept.spans).toEqual([]);
  });
});

describe('A batch that was being sent when the process died', () => {
  async function died(): Promise<MemorySpool> {
    const stage = await started({ temporality: 'delta' });
    stage.always = hang;
    await stage.minutes(5);
    stage.total += 1;
    await stage.clock.advance(61);
    return stage.spool.afterCrash();
  }

  test('is counted as of unknown outcome and sent again, unless the exporter says otherwise', async () => {
    const after = await started({ temporality: 'delta' }, ['metrics'], await died());
    await after.clock.advance(10);
    expect(after.values).toEqual([5, 1]);
    expect(after.outcomes).toEqual({ 'metrics unknown': 1, 'metrics accepted': 2 });
    expect(after.told.join()).toContain('was being sent when the process before this one ended');
  });

  test('is given up where the exporter says so, for all signals or one', async () => {
    for (const whenUnknown of ['give-up', { metrics: 'give-up', spans: 'again' }] as const) {
      const after = await started({ temporality: 'delta', whenUnknown }, ['metrics'], await died());
      await after.clock.advance(10);
      expect(after.values).toEqual([1]);
      expect(after.outcomes).toEqual({ 'metrics unknown': 1, 'metrics accepted': 1 });
    }
  });
});

describe('The end', () => {
  test('leaves what cannot be delivered in the spool, and does not count it as dropped', async () => {
    const stage = await started({ temporality: 'delta' }, ['metrics', 'spans']);
    stage.always = refuseConnection;
    await stage.minutes(1, 2);
    stage.total += 3;
    stage.loop.offerSpan(spanOf('last'));
    const ended = stage.loop.shutdown(new AbortController().signal);
    await stage.clock.advance(30);
    await ended;
    expect(stage.health).toMatchObject({ dropped: 0, unknown: 0, queued: { spans: 1 } });
    expect(stage.health.signals.metrics?.queued).toBe(3);
    expect(stage.spool.closed).toBe(true);
    const after = await started({ temporality: 'delta' }, ['metrics', 'spans'], stage.spool.afterCrash());
    await after.clock.advance(1);
    expect(after.outcomes).toEqual({ 'metrics accepted': 3, 'spans accepted': 1 });
  });

  test('counts what is being sent at the deadline as of unknown outcome, once', async () => {
    for (const whenUnknown of ['again', 'give-up'] as const) {
      const stage = await started({ whenUnknown }, ['spans']);
      stage.always = hang;
      stage.loop.offerSpan(spanOf('last'));
      await stage.clock.advance(6);
      const deadline = new AbortController();
      const ended = stage.loop.shutdown(deadline.signal);
      deadline.abort();
      await stage.clock.advance(1);
      await ended;
      expect(stage.outcomes).toEqual({ 'spans unknown': 1 });
      const after = await started({ whenUnknown }, ['spans'], stage.spool.afterCrash());
      await after.clock.advance(1);
      expect(after.outcomes).toEqual(whenUnknown === 'again' ? { 'spans accepted': 1 } : {});
    }
  });
});

describe('A spool that does not work', () => {
  test('is told once, and done without', async () => {
    const spool = new MemorySpool();
    spool.unusable = new Error('/var/spool/telltale cannot be written: EACCES');
    const stage = await started({ temporality: 'delta' }, ['metrics', 'spans'], spool);
    stage.loop.offerSpan(spanOf('a'));
    await stage.minutes(1, 2);
    expect(stage.told).toEqual([
      'The exporter backend works without its spool: /var/spool/telltale cannot be written: EACCES.',
    ]);
    expect(stage.outcomes).toEqual({ 'metrics accepted': 2, 'spans accepted': 1 });
    stage.always = refuseConnection;
    await stage.minutes(4);
    stage.always = undefined;
    await stage.minutes(8);
    expect(stage.values.slice(-1)).toEqual([12]);
  });

  test('for a while lets batches go from memory, and loses and doubles nothing', async () => {
    const stage = await started({ temporality: 'delta' });
    stage.always = refuseConnection;
    await stage.minutes(1, 2);
    stage.spool.full = new Error('ENOSPC: no space left on device');
    await stage.minutes(4, 8);
    expect(stage.told.filter((message) => message.includes('ENOSPC'))).toHaveLength(1);
    stage.always = undefined;
    stage.calls.length = 0;
    await stage.minutes(16, 32);
    expect(stage.values.reduce((sum, value) => sum + value, 0)).toBe(63);
    expect(stage.values.slice(0, 2)).toEqual([1, 2]);
    stage.spool.full = undefined;
    stage.spool.log.length = 0;
    await stage.minutes(64);
    expect(stage.spool.log[0]).toBe('metrics append 1');
    expect(stage.values.reduce((sum, value) => sum + value, 0)).toBe(127);
    expect(stage.health.dropped).toBe(0);
  });

  test('counts what it lost as dropped', async () => {
    const stage = await started({ temporality: 'delta' });
    stage.spool.lostItems = 5;
    await stage.minutes(1);
    expect(stage.health).toMatchObject({ accepted: 1, dropped: 5 });
  });

  test('leaves out an entry that makes no sense, and goes on', async () => {
    const before = await started({ temporality: 'delta' });
    before.always = refuseConnection;
    await before.minutes(1, 2);
    const spool = before.spool.afterCrash();
    const [first] = spool.kept.metrics ?? [];
    Object.assign(first ?? {}, { count: 7 });
    const stage = await started({ temporality: 'delta' }, ['metrics'], spool);
    await stage.clock.advance(1);
    expect(stage.values).toEqual([2]);
    expect(stage.health).toMatchObject({ dropped: 7 });
    expect(stage.told.join()).toContain('cannot be read');
  });
});

function namesOf(stage: SpooledStage): readonly string[] {
  return stage.calls.flatMap(({ items }) => (items as readonly FinishedSpan[]).map(({ name }) => name));
}

function collecting(stage: SpooledStage, collect: () => Promise<MetricsSnapshot>): void {
  Object.assign(stage, { collect });
}

const point = (value: number) => Object.freeze({ attributes: Object.freeze({ value }), startTime: 0, time: 1, value });
const metric = (name: string, ...values: readonly number[]): Metric => ({
  name,
  type: 'counter',
  description: '',
  unit: '',
  scope: { name: 'test' },
  resource,
  temporality: 'cumulative',
  points: values.map(point),
});
const twoMetrics: MetricsSnapshot = { time: 1, resource, metrics: [metric('a', 1, 2), metric('b', 3)] };

function expectFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  expect(Object.isFrozen(value)).toBe(true);
  for (const inner of Object.values(value)) expectFrozen(inner);
}
