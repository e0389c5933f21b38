import { describe, expect, it } from 'vitest';
import type { Telemetry } from '../index.ts';
import { allSeriesOf, pointsOf, seriesOf, testTelemetry, tracedTelemetry } from '../telemetry.test-support.ts';

const CHARGE = { to: 'payments', operation: 'charge' };

describe('a boundary call', () => {
  it('gives its duration, its bytes and what is in flight', async () => {
    const { telemetry, clock, events } = testTelemetry();
    const base = 'boundary.from=shop,boundary.operation=charge,boundary.protocol=http,boundary.to=payments,plan=pro';
    const options = { ...CHARGE, protocol: 'http', attributes: { plan: 'pro' } };
    const result = await telemetry.boundary(options, async (call) => {
      call.bytes('sent', 512);
      call.status(201);
      expect(allSeriesOf(telemetry)[`boundary.active_calls{${base}}`]).toBe(1);
      clock.advance(0.5);
      return 'charged';
    });
    expect(result).toBe('charged');
    expect(allSeriesOf(telemetry)).toEqual({
      [`boundary.active_calls{${base}}`]: 0,
      'boundary.call.duration{boundary.from=shop,boundary.operation=charge,boundary.protocol=http,boundary.to=payments,http.response.status_code=201,plan=pro}': 1,
      'boundary.io{boundary.from=shop,boundary.operation=charge,boundary.protocol=http,boundary.to=payments,io.direction=sent,plan=pro}': 512,
    });
    expect(pointsOf(telemetry, 'boundary.call.duration')[0]).toMatchObject({ sum: 0.5 });
    expect(events).toMatchObject([{ kind: 'boundary', name: 'payments charge', outcome: 'completed', duration: 0.5 }]);
  });

  it.each<[string, (call: import('../index.ts').BoundaryOperation) => void, string | undefined]>([
    ['nothing', (call) => call.end(), undefined],
    ['null, as callbacks have it', (call) => call.end(null), undefined],
    ['an error', (call) => call.end(new TypeError('no')), 'TypeError'],
    ['a status of 400 and more', (call) => [call.status(404), call.end()], '404'],
    ['a status and an error', (call) => [call.status(500), call.end(new TypeError('no'))], 'TypeError'],
    ['a status below 400', (call) => [call.status(302), call.end()], undefined],
  ])('that ends with %s', (_, end, type) => {
    const { telemetry, events } = testTelemetry();
    end(telemetry.boundary(CHARGE));
    expect(pointsOf(telemetry, 'boundary.call.duration')[0]?.attributes['error.type']).toBe(type);
    expect(events[0]?.outcome).toBe(type === undefined ? 'completed' : 'failed');
    expect(events[0]?.error?.type).toBe(type);
  });

  it('lasts until the first byte of the answer, where that is told, and its span until the end', async () => {
    const { telemetry, clock, events, finished } = tracedTelemetry();
    const call = telemetry.boundary(CHARGE);
    clock.advance(2);
    call.firstByte();
    clock.advance(3);
    call.firstByte();
    call.end();
    expect(pointsOf(telemetry, 'boundary.call.duration')[0]).toMatchObject({ count: 1, sum: 2 });
    expect(events[0]?.duration).toBe(5);
    const [span] = await finished();
    expect((span?.endTime ?? 0) - (span?.startTime ?? 0)).toBe(5);
  });

  it('does nothing after its end', () => {
    const { telemetry, events } = testTelemetry();
    const call = telemetry.boundary(CHARGE);
    call.end();
    const before = allSeriesOf(telemetry);
    call.end(new Error('late'));
    call.status(500);
    call.bytes('received', 5);
    expect(allSeriesOf(telemetry)).toEqual(before);
    expect(events).toHaveLength(1);
  });

  it('comes from the service whose telemetry it is', () => {
    const { telemetry } = testTelemetry();
    telemetry.boundary(CHARGE, () => {});
    telemetry.forService('auth').boundary(CHARGE, () => {});
    const from = telemetry.snapshot().metrics.filter(({ name }) => name === 'boundary.call.duration');
    expect(
      from.map(({ points, resource }) => [points[0]?.attributes['boundary.from'], resource.attributes['service.name']]),
    ).toEqual([
      ['shop', 'shop'],
      ['auth', 'auth'],
    ]);
  });

  it('is a client span that can be handed on', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const headers: Record<string, string> = {};
    telemetry.boundary(CHARGE, (call) => {
      call.inject(headers);
      call.status(503);
    });
    const [span] = await finished();
    expect(span).toMatchObject({
      name: 'payments charge',
      kind: 2,
      status: 'error',
      attributes: { 'boundary.to': 'payments', 'http.response.status_code': 503, 'error.type': '503' },
    });
    expect(headers).toEqual({ traceparent: `00-${span?.traceId}-${span?.spanId}-01` });
  });
});

/** Computes until so much CPU time of this thread is used up. */
function compute(seconds: number): void {
  const { user, system } = process.threadCpuUsage();
  const end = user + system + seconds * 1e6;
  for (let now = 0; now < end; ) {
    const usage = process.threadCpuUsage();
    now = usage.user + usage.system;
  }
}

describe('the CPU time of a boundary call', () => {
  const NATIVE = { to: 'hash', operation: 'digest', protocol: 'native', cpu: true } as const;
  const base = 'boundary.from=shop,boundary.operation=digest,boundary.protocol=native,boundary.to=hash';
  const cpuOf = (telemetry: Telemetry, scope: string): number =>
    ['system', 'user'].reduce(
      (sum, mode) =>
        sum + (seriesOf(telemetry, 'boundary.cpu.time')[`{${base},cpu.mode=${mode},cpu.scope=${scope}}`] ?? 0),
      0,
    );
  const utilizationOf = (telemetry: Telemetry): number =>
    pointsOf(telemetry, 'boundary.cpu.utilization').reduce((sum, point) => sum + ('sum' in point ? point.sum : 0), 0);

  it('is not looked at unless it is asked for', () => {
    const { telemetry } = testTelemetry();
    telemetry.boundary({ ...NATIVE, cpu: false }, () => compute(0.001));
    expect(Object.keys(allSeriesOf(telemetry)).filter((name) => name.includes('cpu'))).toEqual([]);
  });

  it('that is synchronous is that of its thread, and tells computing from waiting', async () => {
    const { telemetry, clock, finished } = tracedTelemetry();
    telemetry.boundary(NATIVE, () => {
      compute(0.02);
      clock.advance(0.02);
    });
    const computed = cpuOf(telemetry, 'thread');
    expect(computed).toBeGreaterThanOrEqual(0.02);
    expect(utilizationOf(telemetry)).toBeCloseTo(computed / 0.02, 6);
    telemetry.boundary(NATIVE, () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30);
      clock.advance(1);
    });
    expect(cpuOf(telemetry, 'thread') - computed).toBeLessThan(0.02);
    expect(pointsOf(telemetry, 'boundary.cpu.utilization')[0]).toMatchObject({ count: 2, min: expect.closeTo(0, 1) });
    const [span] = await finished();
    expect(span?.attributes).toMatchObject({ 'cpu.scope': 'thread', 'cpu.utilization': expect.any(Number) });
  });

  it('that throws is known, too', () => {
    const { telemetry } = testTelemetry();
    const work = (): never => {
      compute(0.005);
      throw new Error('no');
    };
    expect(() => telemetry.boundary(NATIVE, work)).toThrow('no');
    expect(cpuOf(telemetry, 'thread')).toBeGreaterThanOrEqual(0.005);
  });

  it('that is too short for a share has its time alone', () => {
    const { telemetry } = testTelemetry();
    telemetry.boundary(NATIVE, () => {});
    expect(Object.keys(seriesOf(telemetry, 'boundary.cpu.time'))).toHaveLength(2);
    expect(pointsOf(telemetry, 'boundary.cpu.utilization')).toEqual([]);
  });

  it("that waits is the process's as long as nothing else runs, within a job or not", async () => {
    const { telemetry, clock } = testTelemetry();
    await telemetry.job('etl', async () => {
      await telemetry.boundary(NATIVE, async () => {
        await Promise.resolve();
        compute(0.01);
        clock.advance(1);
      });
    });
    expect(cpuOf(telemetry, 'process')).toBeGreaterThanOrEqual(0.01);
    expect(pointsOf(telemetry, 'boundary.cpu.utilization')[0]?.attributes['cpu.scope']).toBe('process');
    expect(seriesOf(telemetry, 'boundary.cpu.unknown')).toEqual({});
  });

  it.each<[string, (telemetry: Telemetry, work: () => Promise<void>) => Promise<unknown>, number]>([
    ['two at a time', (t, work) => Promise.all([t.boundary(NATIVE, work), t.boundary(NATIVE, work)]), 2],
    ['a job that begins meanwhile', (t, work) => Promise.all([t.boundary(NATIVE, work), t.job('other', work)]), 1],
    ['jobs that run', (t, work) => Promise.all([t.job('one', work), t.job('two', work), t.boundary(NATIVE, work)]), 1],
    ['a call within it', (t, work) => t.boundary(NATIVE, () => t.boundary({ ...NATIVE, cpu: false }, work)), 1],
  ])('is unknown with %s, and said to be', async (_, run, unknown) => {
    const { telemetry, finished } = tracedTelemetry();
    await run(telemetry, async () => {
      await Promise.resolve();
    });
    expect(seriesOf(telemetry, 'boundary.cpu.unknown')).toEqual({ [`{${base}}`]: unknown });
    expect(seriesOf(telemetry, 'boundary.cpu.time')).toEqual({});
    const spans = await finished();
    expect(spans.filter(({ attributes }) => attributes['cpu.scope'] === 'unknown')).toHaveLength(unknown);
  });

  it('is known of what comes after others', async () => {
    const { telemetry } = testTelemetry();
    const wait = async (): Promise<void> => {
      await Promise.resolve();
    };
    await Promise.all([telemetry.boundary(NATIVE, wait), telemetry.boundary(NATIVE, wait)]);
    await telemetry.boundary(NATIVE, wait);
    expect(seriesOf(telemetry, 'boundary.cpu.unknown')).toEqual({ [`{${base}}`]: 2 });
    expect(Object.keys(seriesOf(telemetry, 'boundary.cpu.time'))).toHaveLength(2);
  });

  it("that is begun and ended by hand is the process's", () => {
    const { telemetry } = testTelemetry();
    telemetry.boundary(NATIVE).end();
    expect(Object.keys(seriesOf(telemetry, 'boundary.cpu.time'))[0]).toContain('cpu.scope=process');
  });
});

describe('boundary calls that are held', () => {
  it('record metrics alone, in the series of whole operations, and become one when asked to', async () => {
    const { telemetry, events, finished } = tracedTelemetry();
    const calls = telemetry.boundaryCalls({ ...CHARGE, protocol: 'native' });
    calls.completed(0.25, 3);
    calls.failed(1, new RangeError('no'));
    calls.inFlight(1);
    expect([events, await finished()]).toEqual([[], []]);
    expect(calls.start().perform(() => 'whole')).toBe('whole');
    const base = 'boundary.from=shop,boundary.operation=charge,boundary.protocol=native,boundary.to=payments';
    expect(allSeriesOf(telemetry)).toEqual({
      [`boundary.active_calls{${base}}`]: 1,
      [`boundary.call.duration{${base}}`]: 4,
      'boundary.call.duration{boundary.from=shop,boundary.operation=charge,boundary.protocol=native,boundary.to=payments,error.type=RangeError}': 1,
    });
    expect(pointsOf(telemetry, 'boundary.call.duration')[0]).toMatchObject({ sum: 0.75 });
    expect(events).toHaveLength(1);
    expect(await finished()).toHaveLength(1);
  });

  it('measure with the clock of telemetry', () => {
    const { telemetry, clock } = testTelemetry();
    const calls = telemetry.boundaryCalls(CHARGE);
    const before = calls.now();
    clock.advance(2);
    expect(calls.now() - before).toBe(2);
  });
});

describe('kinds of boundary calls', () => {
  it('past those that are held are recorded all the same', () => {
    const { telemetry } = testTelemetry();
    for (let at = 0; at < 600; at++) telemetry.boundary({ to: 'shard', operation: `read ${at}` }, () => {});
    expect(Object.keys(seriesOf(telemetry, 'boundary.call.duration'))).toHaveLength(600);
    expect(Object.values(seriesOf(telemetry, 'boundary.active_calls'))).toEqual(Array(600).fill(0));
  });
});

describe('operations within operations', () => {
  it('are one trace, across services of the process, synchronous or not', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const auth = telemetry.forService('auth');
    await telemetry.job('outer', async () => {
      await Promise.resolve();
      await telemetry.span('middle', async () => {
        await new Promise((resolve) => setImmediate(resolve));
        auth.boundary(CHARGE, () => telemetry.workerPool('p', { size: 1 }).task('innermost', () => {}));
      });
    });
    const spans = await finished();
    const byName = new Map(spans.map((span) => [span.name, span]));
    const parents = ['innermost', 'payments charge', 'middle', 'outer'].map((name) => {
      const parent = byName.get(name)?.parentSpanId;
      return `${name} in ${spans.find(({ spanId }) => spanId === parent)?.name}`;
    });
    expect(parents).toEqual([
      'innermost in payments charge',
      'payments charge in middle',
      'middle in outer',
      'outer in undefined',
    ]);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(byName.get('payments charge')?.resource.attributes['service.name']).toBe('auth');
    expect(seriesOf(telemetry, 'job.duration')).toEqual({ '{job.name=outer,job.outcome=completed}': 1 });
  });
});
