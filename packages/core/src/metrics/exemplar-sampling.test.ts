import { type Context, type ContextManager, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import type { Attributes, Exemplar, ExemplarReservoir, Point, Telemetry } from '../index.ts';
import { pointsOf, testTelemetry, tracedTelemetry } from '../telemetry.test-support.ts';

const SPAN = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const sampled = trace.setSpanContext(ROOT_CONTEXT, { ...SPAN, traceFlags: TraceFlags.SAMPLED });
const notSampled = trace.setSpanContext(ROOT_CONTEXT, { ...SPAN, traceFlags: TraceFlags.NONE });

const exemplarsOf = (telemetry: Telemetry, name: string): readonly Exemplar[] =>
  pointsOf(telemetry, name).flatMap((point: Point) => ('exemplars' in point ? (point.exemplars ?? []) : []));
const valuesOf = (telemetry: Telemetry, name: string): readonly number[] =>
  exemplarsOf(telemetry, name).map(({ value }) => value);

const { random } = Math;

/** The same chances in each run: mulberry32. Not a mock, which would keep each of the millions of calls. */
function seedRandom(seed: number): void {
  let state = seed;
  Math.random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A context that counts how often it is looked at. */
function watched(inner: Context): { readonly context: Context; looks: number } {
  const watch = {
    looks: 0,
    context: {
      getValue: (key: symbol) => {
        watch.looks++;
        return inner.getValue(key);
      },
      setValue: (key: symbol, value: unknown) => inner.setValue(key, value),
      deleteValue: (key: symbol) => inner.deleteValue(key),
    },
  };
  return watch;
}

afterEach(() => {
  Math.random = random;
});

describe('the exemplar of a counter, up-down counter or gauge', () => {
  it('is one of its measurements in sampled spans, by the context given, and missing where there is none', () => {
    const { telemetry } = tracedTelemetry();
    telemetry.counter('c').add(2, { a: 1 }, sampled);
    telemetry.upDownCounter('u').add(-3, {}, sampled);
    telemetry.gauge('g').record(4, {}, sampled);
    telemetry.counter('without').add(2, {}, notSampled);
    telemetry.counter('without').add(2, {}, ROOT_CONTEXT);
    expect(pointsOf(telemetry, 'c')).toEqual([
      {
        attributes: { a: 1 },
        startTime: 1_700_000_000,
        time: 1_700_000_000,
        value: 2,
        exemplars: [{ value: 2, time: 1_700_000_000, ...SPAN }],
      },
    ]);
    expect([valuesOf(telemetry, 'u'), valuesOf(telemetry, 'g')]).toEqual([[-3], [4]]);
    expect(Object.keys(pointsOf(telemetry, 'without')[0] ?? {})).not.toContain('exemplars');
  });

  it('is kept of bound series, too, and stays until there is a newer one', () => {
    const { telemetry } = tracedTelemetry();
    const bound = telemetry.counter('c').bind({ a: 1 });
    telemetry.span('s', () => bound.add(5));
    expect(valuesOf(telemetry, 'c')).toEqual([5]);
    bound.add(6);
    expect(valuesOf(telemetry, 'c')).toEqual([5]);
    telemetry.span('s', () => bound.add(7));
    expect(valuesOf(telemetry, 'c')).toEqual([7]);
  });
});

describe('the filter', () => {
  it.each([
    ['trace_based', [1]],
    ['always_on', [1, 2, 3]],
    ['always_off', []],
  ] as const)('%s lets those through that the specification says', (exemplars, expected) => {
    const { telemetry } = tracedTelemetry({ metrics: { exemplars } });
    const histogram = telemetry.histogram('h', { buckets: [1, 2] });
    for (const [at, context] of [sampled, notSampled, ROOT_CONTEXT].entries()) histogram.record(at + 1, {}, context);
    expect(valuesOf(telemetry, 'h')).toEqual(expected);
  });

  it('always_on works while spans are off, with ids where there are some', () => {
    const { telemetry } = testTelemetry({ metrics: { exemplars: 'always_on' } });
    telemetry.counter('c').add(1);
    expect(exemplarsOf(telemetry, 'c')).toEqual([{ value: 1, time: 1_700_000_000 }]);
    telemetry.counter('d').add(1, {}, sampled);
    expect(exemplarsOf(telemetry, 'd')).toEqual([{ value: 1, time: 1_700_000_000, ...SPAN }]);
  });

  it('trace_based looks for nothing while spans are off and no other tracer is registered', () => {
    const { telemetry } = testTelemetry();
    const watch = watched(sampled);
    for (const _ of [1, 2]) {
      telemetry.counter('c').add(1, {}, watch.context);
      telemetry.histogram('h').record(1, {}, watch.context);
      telemetry.histogram('b', { buckets: [1] }).record(1, {}, watch.context);
      expect(exemplarsOf(telemetry, 'c')).toEqual([]);
    }
    expect(watch.looks).toBe(0);
  });

  it('trace_based finds the spans of another SDK, also when it is registered later', () => {
    const { telemetry } = testTelemetry();
    telemetry.counter('c').add(1, {}, sampled);
    expect(valuesOf(telemetry, 'c')).toEqual([]);
    trace.setGlobalTracerProvider({ getTracer: () => trace.getTracer('other') });
    try {
      telemetry.snapshot();
      telemetry.counter('c').add(2, {}, sampled);
      telemetry.histogram('h', { buckets: [1] }).record(3, {}, sampled);
      telemetry.histogram('e').record(4, {}, sampled);
      expect(['c', 'h', 'e'].map((name) => valuesOf(telemetry, name))).toEqual([[2], [3], [4]]);
    } finally {
      trace.disable();
    }
    telemetry.snapshot();
    telemetry.counter('c').add(5, {}, sampled);
    expect(valuesOf(telemetry, 'c')).toEqual([2]);
  });
});

describe('which measurements are kept', () => {
  /** In how many of `rounds` each tenth of n measurements had the exemplar. */
  function tenths(rounds: number, n: number, record: (value: number) => void, read: () => readonly number[]): number[] {
    const counts = new Array<number>(10).fill(0);
    for (let round = 0; round < rounds; round++) {
      for (let at = 0; at < n; at++) record(at);
      for (const value of read()) (counts[Math.floor((value / n) * 10)] as number)++;
    }
    return counts;
  }
  /** Chi-squared with 9 degrees of freedom exceeds this once in 1,000 times where all chances are the same. */
  const LIMIT = 27.9;
  const chiSquared = (counts: readonly number[]): number => {
    const expected = counts.reduce((sum, count) => sum + count) / counts.length;
    return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  };

  it.each([10, 1000])('has the same chance for each of %i measurements since the last read', (n) => {
    seedRandom(n);
    const { telemetry } = tracedTelemetry();
    const counter = telemetry.counter('c');
    const histogram = telemetry.histogram('h', { buckets: [1e9] });
    const ofCounter = tenths(
      1000,
      n,
      (value) => counter.add(value, {}, sampled),
      () => valuesOf(telemetry, 'c'),
    );
    const ofBucket = tenths(
      1000,
      n,
      (value) => histogram.record(value, {}, sampled),
      () => valuesOf(telemetry, 'h'),
    );
    expect(chiSquared(ofCounter)).toBeLessThan(LIMIT);
    expect(chiSquared(ofBucket)).toBeLessThan(LIMIT);
  });

  it.each([100, 3000])('has the same chance for each of %i in the twenty places of exponential buckets', (n) => {
    seedRandom(n);
    const { telemetry } = tracedTelemetry();
    const histogram = telemetry.histogram('e');
    const counts = tenths(
      100,
      n,
      (value) => histogram.record(value, {}, sampled),
      () => valuesOf(telemetry, 'e'),
    );
    expect(counts.reduce((sum, count) => sum + count)).toBe(100 * 20);
    expect(chiSquared(counts)).toBeLessThan(LIMIT);
  });

  it('has about the same chance for each sampled one where few are', () => {
    seedRandom(5);
    const { telemetry } = tracedTelemetry();
    const counter = telemetry.counter('c');
    const counts = tenths(
      1000,
      1000,
      (value) => counter.add(value, {}, Math.random() < 0.1 ? sampled : ROOT_CONTEXT),
      () => valuesOf(telemetry, 'c'),
    );
    const found = counts.reduce((sum, count) => sum + count);
    expect(found).toBeGreaterThan(990);
    for (const count of counts) expect(count / found).toBeGreaterThan(0.06);
    for (const count of counts) expect(count / found).toBeLessThan(0.15);
  });

  it('has a rare slow one, however many fast ones came before it in the interval', () => {
    const { telemetry } = tracedTelemetry();
    const histogram = telemetry.histogram('h', { buckets: [0.1, 1] });
    for (let at = 0; at < 10_000; at++) histogram.record(0.01, {}, sampled);
    histogram.record(5, {}, sampled);
    expect(valuesOf(telemetry, 'h')).toEqual([0.01, 5]);
  });
});

describe('looking for the span of a measurement', () => {
  const record = (
    times: number,
    context: Context,
  ): { readonly telemetry: Telemetry; readonly looks: Record<string, number> } => {
    seedRandom(1);
    const { telemetry } = tracedTelemetry();
    const looks: Record<string, number> = {};
    const run = (name: string, one: (context: Context) => void): void => {
      const watch = watched(context);
      for (let at = 0; at < times; at++) one(watch.context);
      looks[name] = watch.looks;
    };
    const counter = telemetry.counter('c');
    const histogram = telemetry.histogram('h', { buckets: [1] });
    const exponential = telemetry.histogram('e');
    run('c', (of) => counter.add(1, undefined, of));
    run('h', (of) => histogram.record(1, undefined, of));
    run('e', (of) => exponential.record(1, undefined, of));
    return { telemetry, looks };
  };

  it('happens for a few dozen of a million measurements, and twenty times as many for twenty places', () => {
    const { looks } = record(1_000_000, sampled);
    expect(looks.c).toBeLessThan(40);
    expect(looks.h).toBeLessThan(40);
    expect(looks.e).toBeLessThan(400);
  });

  it('happens ever more seldom where there is none, and still for many of few', () => {
    for (const looks of Object.values(record(1_000_000, ROOT_CONTEXT).looks)) {
      expect(looks).toBeGreaterThan(1500);
      expect(looks).toBeLessThan(2500);
    }
    for (const looks of Object.values(record(20, ROOT_CONTEXT).looks)) expect(looks).toBeGreaterThanOrEqual(8);
  });
});

describe('attributes that a view leaves out', () => {
  it('are on the exemplar, as text, number or boolean, of bound series too', () => {
    const { telemetry } = tracedTelemetry({
      metrics: {
        views: [
          { instrumentName: 'allow', attributes: { allow: ['plan'] } },
          { instrumentName: 'rename', attributes: { rename: { plan: 'tier' }, deny: ['user'] } },
          {
            instrumentName: 'process',
            attributesProcessors: [{ process: ({ plan }: Attributes) => ({ plan: plan as string }) }],
          },
          { instrumentName: 'name', name: 'renamed' },
        ],
      },
    });
    const given = { plan: 'pro', user: 5, list: ['a'], none: undefined };
    for (const name of ['allow', 'process', 'name']) telemetry.counter(name).add(1, given, sampled);
    telemetry.histogram('rename', { buckets: [1] }).record(1, given, sampled);
    const bound = telemetry.counter('allow').bind({ plan: 'free', user: 6 });
    telemetry.span('s', () => bound.add(1));
    const left = (name: string) => exemplarsOf(telemetry, name).map(({ filteredAttributes }) => filteredAttributes);
    expect(left('allow')).toEqual([{ user: 5, list: '["a"]' }, { user: 6 }]);
    expect(left('process')).toEqual([{ user: 5, list: '["a"]' }]);
    expect(left('rename')).toEqual([{ user: 5 }]);
    expect(left('renamed')).toEqual([undefined]);
  });

  it('are not when metrics.attributes leaves them out, which keeps them from being exported at all', () => {
    const keepAll: ExemplarReservoir = {
      offer() {},
      collect: () => [{ value: 1, time: 1, ...SPAN, filteredAttributes: { user: 5, plan: 'pro' } }],
    };
    const { telemetry } = tracedTelemetry({
      metrics: {
        attributes: { '*': { deny: ['user'] } },
        views: [
          { instrumentName: 'view', attributes: { allow: [] } },
          { instrumentName: 'process', attributesProcessors: [{ process: () => ({}) }] },
          { instrumentName: 'reservoir', attributes: { allow: [] }, exemplarReservoir: () => keepAll },
        ],
      },
    });
    const left = (name: string) => exemplarsOf(telemetry, name).map(({ filteredAttributes }) => filteredAttributes);
    for (const name of ['none', 'view', 'process', 'reservoir']) {
      telemetry.counter(name).add(1, { user: 5, plan: 'pro' }, sampled);
    }
    expect(left('none')).toEqual([undefined]);
    for (const name of ['view', 'process', 'reservoir']) expect(left(name)).toEqual([{ plan: 'pro' }]);
  });
});

describe('the reservoir of a view', () => {
  class Largest implements ExemplarReservoir {
    readonly offered: unknown[][] = [];
    private kept: Exemplar | undefined;

    offer(value: number, time: number, attributes: Attributes, context: Context): void {
      this.offered.push([value, time, attributes, context]);
      if (this.kept === undefined || value > this.kept.value) {
        this.kept = { value, time, ...SPAN, filteredAttributes: attributes as Record<string, string> };
      }
    }

    collect(): readonly Exemplar[] {
      return this.kept === undefined ? [] : [this.kept];
    }
  }

  it('is made for each series and offered each measurement that the filter lets through', () => {
    const made: [Attributes, Largest][] = [];
    const { telemetry } = tracedTelemetry({
      metrics: {
        views: [
          {
            instrumentName: '*',
            meterName: '@telltale/core',
            attributes: { deny: ['user'] },
            exemplarReservoir: (attributes) => {
              const reservoir = new Largest();
              made.push([attributes, reservoir]);
              return reservoir;
            },
          },
        ],
      },
    });
    const before = made.length;
    for (const value of [1, 3, 2]) {
      telemetry.counter('c').add(value, { a: 1, user: value }, sampled);
      telemetry.histogram('h', { buckets: [1] }).record(value, { a: 1, user: value }, sampled);
      telemetry.histogram('e').record(value, { a: 1, user: value }, sampled);
      telemetry.counter('c').add(value, { a: 1, user: value }, notSampled);
    }
    expect(made.slice(before).map(([attributes]) => attributes)).toEqual(Array(3).fill({ a: 1 }));
    for (const name of ['c', 'h', 'e']) {
      const expected = [{ value: 3, time: 1_700_000_000, ...SPAN, filteredAttributes: { user: 3 } }];
      expect(exemplarsOf(telemetry, name)).toEqual(expected);
      expect(exemplarsOf(telemetry, name)).toEqual(expected);
    }
    expect(made.at(-1)?.[1].offered.at(-1)).toEqual([2, 1_700_000_000, { a: 1, user: 2 }, sampled]);
  });

  it('that throws spoils nothing but its exemplars, and is told once', () => {
    const fail = (): never => {
      throw new Error('full');
    };
    const { telemetry, problems } = tracedTelemetry({
      metrics: {
        views: [
          { instrumentName: 'a', exemplarReservoir: () => ({ offer: fail, collect: fail }) },
          { instrumentName: 'b', exemplarReservoir: fail },
          { instrumentName: 'c', exemplarReservoir: () => ({ offer() {}, collect: () => 5 as never }) },
        ],
      },
    });
    for (const name of ['a', 'b', 'c']) {
      for (let at = 0; at < 3; at++) telemetry.counter(name).add(1, {}, sampled);
      expect(pointsOf(telemetry, name)).toMatchObject([{ value: 3 }]);
    }
    expect(problems.map(({ code }) => code)).toEqual(Array(3).fill('ERR_CALLBACK'));
  });
});

describe('a context manager that is registered after telemetry was made', () => {
  it('is where the spans of others are looked for', async () => {
    const { context } = await import('@opentelemetry/api');
    const { telemetry } = tracedTelemetry();
    const manager = {
      active: () => sampled,
      with: (_: Context, fn: () => unknown) => fn(),
      bind: (_: Context, target: unknown) => target,
      enable: () => manager,
      disable: () => manager,
    };
    context.setGlobalContextManager(manager as unknown as ContextManager);
    try {
      telemetry.counter('c').add(1);
    } finally {
      context.disable();
    }
    expect(exemplarsOf(telemetry, 'c')).toMatchObject([SPAN]);
  });
});
