import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { SettlingClock } from '../export/settling-clock.test-support.ts';
import { fromOtelExporter, type OtelMetricExporter, type OtelSpanExporter, type SdkResourceMetrics } from '../index.ts';
import { testTelemetry } from '../telemetry.test-support.ts';
import type { OtelResultCallback } from './otel-exporter-shapes.ts';
import type { ReadableSpan } from './readable-span.ts';
import { CUMULATIVE, DELTA } from './sdk-reading.test-support.ts';
import { SDKS } from './sdk-versions.test-support.ts';

const QUIET = { filter: { metrics: { exclude: ['telltale.*'] } }, circuitBreaker: false } as const;

/** What an exporter may do with one export; `take` is what it should. */
const FAULTS = [
  'take',
  'fail',
  'fail without a word',
  'throw',
  'reject',
  'answer twice',
  'fail, then succeed',
  'hang',
  'answer late',
] as const;
type Fault = (typeof FAULTS)[number];
const KNOWN_OUTCOMES = FAULTS.filter((fault) => fault !== 'hang' && fault !== 'answer late');

/** Exports as a test says. What it does not take, it has not kept. */
class Faulty<T> implements OtelMetricExporter, OtelSpanExporter {
  readonly taken: T[] = [];
  calls = 0;
  next: Fault = 'take';
  forceFlush = async (): Promise<void> => {};
  shutdown = async (): Promise<void> => {};

  export(data: unknown, done: OtelResultCallback): undefined {
    this.calls++;
    switch (this.next) {
      case 'answer twice':
        done({ code: 0 });
        done({ code: 1, error: new Error('after all not') });
        break;
      case 'take':
        done({ code: 0 });
        break;
      case 'fail':
        done({ code: 1, error: new Error('backend is down') });
        return;
      case 'fail without a word':
        done(undefined as never);
        return;
      case 'fail, then succeed':
        done({ code: 1 });
        done({ code: 0 });
        return;
      case 'throw':
        throw new Error('not like this');
      case 'reject':
        // As an `async export` does.
        return Promise.reject(new Error('not like that')) as unknown as undefined;
      case 'answer late':
        setTimeout(() => done({ code: 0 }));
        return;
      case 'hang':
        return;
    }
    this.taken.push(data as T);
  }
}

class FaultyMetricExporter extends Faulty<SdkResourceMetrics> {
  private readonly temporality: 0 | 1;

  constructor(temporality: 0 | 1) {
    super();
    this.temporality = temporality;
  }

  selectAggregationTemporality(): number {
    return this.temporality;
  }

  get orders(): number[] {
    return this.taken.flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) =>
        metrics.flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value as number)),
      ),
    );
  }
}

class FaultySpanExporter extends Faulty<readonly ReadableSpan[]> {
  get names(): string[] {
    return this.taken.flatMap((spans) => spans.map(({ name }) => name));
  }
}

describe('an exporter written for the SDK that fails', () => {
  it('gets every difference exactly once, in whatever order it fails', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...KNOWN_OUTCOMES), fc.integer({ min: 0, max: 9 })), { maxLength: 20 }),
        async (steps) => {
          const exporter = new FaultyMetricExporter(DELTA);
          const { telemetry } = testTelemetry({ exporters: [fromOtelExporter(exporter, QUIET)] });
          const orders = telemetry.counter('orders').bind();
          for (const [fault, amount] of steps) {
            exporter.next = fault;
            orders.add(amount);
            await telemetry.flush();
          }
          exporter.next = 'take';
          orders.add(1);
          await telemetry.flush();
          expect(exporter.orders.reduce((sum, value) => sum + value, 0)).toBe(orders.value);
          expect(telemetry.health().exporters[0]).toMatchObject({ status: 'ok', unknown: 0, rejected: 0, dropped: 0 });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('gets every span exactly once', async () => {
    const exporter = new FaultySpanExporter();
    const { telemetry } = testTelemetry({ exporters: [fromOtelExporter(exporter, { ...QUIET, signal: 'spans' })] });
    const names = KNOWN_OUTCOMES.map((fault) => `span of ${fault}`);
    for (const fault of KNOWN_OUTCOMES) {
      exporter.next = fault;
      telemetry.span(`span of ${fault}`, () => {});
      await telemetry.flush();
    }
    exporter.next = 'take';
    await telemetry.flush();
    expect(exporter.names).toStrictEqual(names);
  });

  it.each([
    ['fail', 'backend is down'],
    ['fail without a word', 'the exporter failed and gave no reason'],
    ['throw', 'not like this'],
    ['reject', 'not like that'],
  ] as const)('is in health and told of when it does "%s"', async (fault, message) => {
    const exporter = new FaultyMetricExporter(CUMULATIVE);
    exporter.next = fault;
    const { telemetry, problems } = testTelemetry({ exporters: [fromOtelExporter(exporter, QUIET)] });
    telemetry.counter('orders').add(3);
    await telemetry.flush();
    expect(telemetry.health()).toMatchObject({
      status: 'degraded',
      exporters: [{ name: 'FaultyMetricExporter', status: 'failing', lastError: { message } }],
    });
    expect(problems.map((problem) => problem.message).join()).toContain(message);
    exporter.next = 'take';
    await telemetry.flush();
    expect(exporter.orders).toStrictEqual([3]);
    expect(telemetry.health().status).toBe('ok');
  });

  it.each([
    ['differences, which are given up', DELTA, [4]],
    ['totals, which come again', CUMULATIVE, [3, 7]],
  ] as const)(
    'is left after the time limit when it does not call back: %s and are counted',
    async (_, temporality, taken) => {
      const clock = new SettlingClock();
      const exporter = new FaultyMetricExporter(temporality);
      exporter.next = 'hang';
      const { telemetry } = testTelemetry({ clock, exporters: [fromOtelExporter(exporter, QUIET)] });
      telemetry.counter('orders').add(3);
      const flushed = telemetry.flush();
      await clock.advance(29);
      expect(telemetry.health().exporters[0]).toMatchObject({ unknown: 0 });
      exporter.next = 'take';
      await clock.advance(2);
      await flushed;
      expect(telemetry.health().exporters[0]).toMatchObject({
        unknown: 1,
        lastError: { message: 'the exporter did not call back: no answer within 30 s' },
      });
      await clock.advance(60);
      telemetry.counter('orders').add(4);
      await telemetry.flush();
      expect(exporter.orders).toStrictEqual(taken.length === 1 ? taken : expect.arrayContaining([...taken]));
      expect(exporter.orders.at(-1)).toBe(taken.at(-1));
    },
  );

  it('hands spans over once more when it did not call back, and does not heed an answer that comes too late', async () => {
    const clock = new SettlingClock();
    const exporter = new FaultySpanExporter();
    const { telemetry } = testTelemetry({
      clock,
      exporters: [fromOtelExporter(exporter, { ...QUIET, signal: 'spans', timeout: 2 })],
    });
    let late: OtelResultCallback = () => {};
    const kept = vi.spyOn(exporter, 'export').mockImplementationOnce((_, done) => {
      late = done;
    });
    telemetry.span('price', () => {});
    void telemetry.flush();
    await clock.advance(3);
    late({ code: 0 });
    await clock.advance(10);
    expect(kept).toHaveBeenCalledTimes(2);
    expect(exporter.names).toStrictEqual(['price']);
    expect(telemetry.health().exporters[0]).toMatchObject({ status: 'ok', unknown: 1, accepted: 1 });
  });

  it('gives up the one point that its backend refuses for what it is, and delivers all others once', async () => {
    const exporter = new FaultyMetricExporter(DELTA);
    const { telemetry } = testTelemetry({ exporters: [fromOtelExporter(exporter, QUIET)] });
    const take = exporter.export.bind(exporter);
    vi.spyOn(exporter, 'export').mockImplementation((data, done) => {
      const given = (data as SdkResourceMetrics).scopeMetrics.flatMap(({ metrics }) =>
        metrics.flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value)),
      );
      if (given.includes(13)) done({ code: 1, error: Object.assign(new Error('Bad Request'), { code: 400 }) });
      else take(data, done);
    });
    for (let i = 1; i <= 20; i++) telemetry.counter(`orders.${i % 3}`).add(i, { i });
    await telemetry.flush();
    expect(exporter.orders.sort((a, b) => a - b)).toStrictEqual(
      Array.from({ length: 20 }, (_, i) => i + 1).filter((i) => i !== 13),
    );
    expect(telemetry.health().exporters[0]).toMatchObject({ accepted: 19, rejected: 1 });
    await telemetry.flush();
    expect(exporter.orders).toHaveLength(19);
  });

  it('gives up the one span that its backend refuses for what it is', async () => {
    const exporter = new FaultySpanExporter();
    const { telemetry } = testTelemetry({ exporters: [fromOtelExporter(exporter, { ...QUIET, signal: 'spans' })] });
    const take = exporter.export.bind(exporter);
    vi.spyOn(exporter, 'export').mockImplementation((data, done) => {
      const spans = data as unknown as readonly ReadableSpan[];
      if (spans.some(({ name }) => name === '13'))
        done({ code: 1, error: Object.assign(new Error('Bad Request'), { code: 400 }) });
      else take(data, done);
    });
    for (let i = 1; i <= 20; i++) telemetry.span(String(i), () => {});
    for (let i = 0; i < 12; i++) await telemetry.flush();
    expect(exporter.names).toHaveLength(19);
    expect(telemetry.health().exporters[0]).toMatchObject({ accepted: 19, rejected: 1 });
  });

  it('does not keep the service from ending when it cannot end itself', async () => {
    const exporter = new FaultyMetricExporter(CUMULATIVE);
    exporter.shutdown = () => Promise.reject(new Error('already gone'));
    const { telemetry, problems } = testTelemetry({ exporters: [fromOtelExporter(exporter, QUIET)] });
    telemetry.counter('orders').add(3);
    await telemetry.shutdown();
    expect(exporter.orders).toStrictEqual([3]);
    expect(problems.map(({ message }) => message)).toStrictEqual([
      'The exporter FaultyMetricExporter did not shut down cleanly: already gone',
    ]);
  });

  it.each([
    ['fails', () => Promise.reject(new Error('no flush')), 'no flush'],
    [
      'throws',
      () => {
        throw new Error('no flush at all');
      },
      'no flush at all',
    ],
    ['hangs', () => new Promise<void>(() => {}), 'forceFlush() did not settle within 5 s'],
  ])('is shut down also when its forceFlush %s', async (_, forceFlush, message) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const exporter = new FaultyMetricExporter(CUMULATIVE);
      exporter.forceFlush = forceFlush;
      const shutdown = vi.spyOn(exporter, 'shutdown');
      const ended = fromOtelExporter(exporter)
        .shutdown?.()
        .catch((error: Error) => error.message);
      await vi.advanceTimersByTimeAsync(5000);
      expect(await ended).toBe(message);
      expect(shutdown).toHaveBeenCalledOnce();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe.each(SDKS)('an exporter of the SDK $version that was shut down by someone else', ({ metrics, traces }) => {
  it('fails, and the service goes on', async () => {
    const [points, spans] = [new metrics.InMemoryMetricExporter(CUMULATIVE), new traces.InMemorySpanExporter()];
    await Promise.all([points.shutdown(), spans.shutdown()]);
    const clock = new SettlingClock();
    const { telemetry } = testTelemetry({
      clock,
      exporters: [fromOtelExporter(points, QUIET), fromOtelExporter(spans, QUIET)],
    });
    telemetry.counter('orders').add(3);
    telemetry.span('price', () => {});
    await telemetry.flush();
    expect(telemetry.health().exporters).toMatchObject([
      { status: 'failing', lastError: { message: 'the exporter failed and gave no reason' } },
      { status: 'failing', lastError: { message: 'Exporter has been stopped' } },
    ]);
    const ended = telemetry.shutdown();
    await clock.advance(10);
    await ended;
  });
});
