import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createTelemetry,
  type Exporter,
  type FinishedSpan,
  type Gathering,
  type GatheringHost,
  type GatheringMember,
  type Metric,
  type MetricsSource,
  type OperationEvent,
} from '../index.ts';
import { ManualClock } from '../manual-clock.test-support.ts';

/** A group of which a test says who leads, and an exporter that notes what it is handed. */
function inGroup() {
  const clock = new ManualClock();
  const done: string[] = [];
  const handedOver: (FinishedSpan | OperationEvent)[] = [];
  const kept: (readonly Metric[])[] = [];
  let taken: readonly Metric[] = [];
  let host: GatheringHost | undefined;
  let role: GatheringMember['role'] = 'joining';
  const member: GatheringMember = {
    get role() {
      return role;
    },
    open: async () => {
      done.push('open');
      return (await host?.open()) ?? [];
    },
    readers: () => [],
    offerSpan: (span) => handedOver.push(span),
    offerEvent: (event) => handedOver.push(event),
    flush: async () => void done.push('flush'),
    announceEnd: () => done.push('announce'),
    handOver: async () => void done.push('hand over'),
    leave: async () => void done.push('leave'),
    health: () => ({ role, group: 'g', members: 0, series: 0 }),
    acknowledged: async () => taken,
    keepAcknowledged: async (_, metrics) => void kept.push(metrics),
  };
  const gather: Gathering = {
    join: (given) => {
      host = given;
      return member;
    },
  };
  const exported: unknown[] = [];
  let source: MetricsSource | undefined;
  const exporter: Exporter = {
    name: 'memory',
    temporality: 'delta',
    start: (given) => {
      source = given;
    },
    exportMetrics: async ({ metrics }) => {
      const orders = metrics.find(({ name }) => name === 'orders');
      if (orders?.type === 'counter') exported.push(orders.points[0]?.value);
    },
    exportSpans: async (spans) => void exported.push(...spans.map(({ name }) => name)),
    exportEvents: async (events) => void exported.push(...events.map(({ name }) => name)),
    shutdown: async () => void done.push('exporter ends'),
  };
  const telemetry = createTelemetry({
    service: { name: 'shop' },
    exporters: [exporter],
    gather,
    clock,
    shutdown: { signals: false },
  });
  onTestFinished(() => telemetry.shutdown());
  return {
    ...{ telemetry, clock, done, handedOver, kept, exported },
    source: source as unknown as MetricsSource,
    lead: (leads: boolean) => {
      role = leads ? 'gatherer' : 'member';
      host?.lead(leads);
    },
    hadTaken: (metrics: readonly Metric[]) => {
      taken = metrics;
    },
  };
}

describe('a telemetry that is gathered by another one', () => {
  it('exports nothing, and hands its spans and events over', async () => {
    const { telemetry, clock, exported, handedOver } = inGroup();
    telemetry.counter('orders').add(1);
    telemetry.job('etl', () => {});
    await clock.advance(200);
    await telemetry.flush();
    expect(exported).toEqual([]);
    expect(handedOver.map(({ name }) => name)).toEqual(['etl', 'etl']);
  });

  it('gives exporters that serve the metrics of the group, and tells who is to listen on a port', async () => {
    const { source, done, lead } = inGroup();
    const told: boolean[] = [];
    source.onLead?.((leads) => told.push(leads));
    await source.open();
    lead(true);
    lead(false);
    expect([done, told]).toEqual([['open'], [false, true, false]]);
  });

  it('hands over before its exporters end, and leaves after them', async () => {
    const { telemetry, done } = inGroup();
    await telemetry.flush();
    await telemetry.shutdown();
    expect(done).toEqual(['flush', 'hand over', 'exporter ends', 'leave']);
  });

  it('says so in its health', () => {
    expect(inGroup().telemetry.health().gather).toEqual({ role: 'joining', group: 'g', members: 0, series: 0 });
  });
});

describe('a telemetry that takes over', () => {
  it('exports from then on, what was not exported yet', async () => {
    const { telemetry, exported, handedOver, lead, hadTaken, kept } = inGroup();
    const orders = telemetry.counter('orders');
    orders.add(3);
    hadTaken(telemetry.snapshot().metrics);
    orders.add(4);
    lead(true);
    telemetry.job('etl', () => {});
    await telemetry.flush();
    expect([exported.toSorted(), handedOver]).toEqual([[4, 'etl', 'etl'], []]);
    const taken = kept.at(-1)?.find(({ name }) => name === 'orders');
    expect(taken?.points).toMatchObject([{ value: 7 }]);
  });

  it('stops to export when another one has, and goes on from there when it takes over again', async () => {
    const { telemetry, exported, lead, hadTaken, clock } = inGroup();
    const orders = telemetry.counter('orders');
    orders.add(1);
    lead(true);
    await telemetry.flush();
    lead(false);
    orders.add(10);
    await telemetry.flush();
    await clock.advance(200);
    expect(exported).toEqual([1]);
    hadTaken(telemetry.snapshot().metrics);
    orders.add(100);
    lead(true);
    await telemetry.flush();
    expect(exported).toEqual([1, 100]);
  });
});
