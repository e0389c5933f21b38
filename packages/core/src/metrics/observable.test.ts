import { setImmediate as settled } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Exporter, MetricsSource, NumberPoint, Observer } from '../index.ts';
import { pointsOf, seriesOf, testTelemetry } from '../telemetry.test-support.ts';

/** A telemetry with an exporter that serves what it reads. */
function servingTelemetry() {
  let given: MetricsSource | undefined;
  const exporter: Exporter = {
    name: 'serves',
    start: (source) => {
      given = source;
    },
  };
  const all = testTelemetry({ exporters: [exporter] });
  /** What a scrape sees, as `seriesOf` has it. */
  const scrape = async (name: string): Promise<Record<string, number>> => {
    const readers = await (given as MetricsSource).open();
    const points = readers.filter((reader) => reader.name === name).flatMap((reader) => [...reader.read()]);
    return Object.fromEntries(
      points.map((point) => [JSON.stringify(point.attributes), 'value' in point ? point.value : Number.NaN]),
    );
  };
  return { ...all, scrape };
}

describe('an observable', () => {
  it('has the values that its callback reports when metrics are read', async () => {
    const { telemetry, scrape } = servingTelemetry();
    let value = 1;
    telemetry.observableCounter('c', { unit: 's' }, (observer) => observer.observe(value, { a: 1 }));
    telemetry.observableUpDownCounter('u', {}, (observer) => observer.observe(-value));
    telemetry.observableGauge('g').addCallback((observer) => observer.observe(value / 2));
    expect(seriesOf(telemetry, 'c')).toEqual({ '{a=1}': 1 });
    value = 3;
    expect(await scrape('c')).toEqual({ '{"a":1}': 3 });
    expect(await scrape('u')).toEqual({ '{}': -3 });
    expect(await scrape('g')).toEqual({ '{}': 1.5 });
  });

  it('loses the series that the callback no longer reports', () => {
    const { telemetry } = testTelemetry();
    let users = ['ada', 'bob'];
    telemetry.observableGauge('g', {}, (observer) => {
      for (const user of users) observer.observe(1, { user });
    });
    expect(seriesOf(telemetry, 'g')).toEqual({ '{user=ada}': 1, '{user=bob}': 1 });
    users = ['bob', 'eve'];
    expect(seriesOf(telemetry, 'g')).toEqual({ '{user=bob}': 1, '{user=eve}': 1 });
    users = [];
    expect(telemetry.snapshot().metrics.map(({ name }) => name)).toEqual(['telltale.series']);
  });

  it('begins a total anew that fell: a cumulative backend sees a reset, not a negative rate', async () => {
    const { telemetry, clock } = testTelemetry();
    let total = 5;
    telemetry.observableCounter('c', {}, (observer) => observer.observe(total));
    const read = (): readonly [number, number] => {
      const [point] = pointsOf(telemetry, 'c');
      return [point?.startTime as number, (point as NumberPoint).value];
    };
    const began = clock.now();
    expect(read()).toEqual([began, 5]);
    clock.advance(60);
    total = 2;
    expect(read()).toEqual([began + 60, 2]);
    clock.advance(60);
    total = 3;
    expect(read()).toEqual([began + 60, 3]);
  });

  it('leaves out a total that is not reported, and knows it again when it is: a delta exporter must not count it twice', () => {
    const { telemetry } = testTelemetry();
    let total: number | undefined = 5;
    telemetry.observableCounter('c', {}, (observer) => {
      if (total !== undefined) observer.observe(total, { disk: 'a' });
    });
    const [before] = pointsOf(telemetry, 'c');
    total = undefined;
    expect(seriesOf(telemetry, 'c')).toEqual({});
    total = 7;
    const [after] = pointsOf(telemetry, 'c');
    expect(after).toMatchObject({ value: 7, startTime: before?.startTime });
    expect(after?.attributes).toBe(before?.attributes);
  });

  it('does not use up its budget with series that come and go', () => {
    const { telemetry } = testTelemetry({ cardinality: { perInstrument: 5 } });
    let round = 0;
    telemetry.observableGauge('g', {}, (observer) => observer.observe(round, { round }));
    for (; round < 50; round++) expect(seriesOf(telemetry, 'g')).toEqual({ [`{round=${round}}`]: round });
    expect(telemetry.health().cardinality.overflows).toEqual([]);
  });

  it('has the last of what is reported twice for the same attributes', () => {
    const { telemetry } = testTelemetry();
    const twice = (observer: Observer): void => {
      observer.observe(1, { a: 1, b: 2 });
      observer.observe(5, { b: 2, a: 1 });
    };
    telemetry.observableCounter('c', {}, twice);
    telemetry.observableGauge('g', {}, twice);
    expect(seriesOf(telemetry, 'c')).toEqual({ '{a=1,b=2}': 5 });
    expect(seriesOf(telemetry, 'g')).toEqual({ '{a=1,b=2}': 5 });
  });

  it('adds up what is past the budget', () => {
    const { telemetry } = testTelemetry({ cardinality: { perInstrument: 5 } });
    telemetry.observableCounter('c', {}, (observer) => {
      for (let user = 0; user < 100; user++) observer.observe(1, { user });
    });
    for (let round = 0; round < 3; round++) {
      const series = seriesOf(telemetry, 'c');
      expect(Object.keys(series)).toHaveLength(5);
      expect(Object.values(series).reduce((sum, value) => sum + value)).toBe(100);
    }
  });

  it('sees the attributes as they were when the value was reported', () => {
    const { telemetry } = testTelemetry();
    telemetry.observableGauge('g', {}, (observer) => {
      const attributes = { at: 0 };
      for (; attributes.at < 3; attributes.at++) observer.observe(attributes.at * 10, attributes);
    });
    expect(seriesOf(telemetry, 'g')).toEqual({ '{at=0}': 0, '{at=1}': 10, '{at=2}': 20 });
  });

  it('rejects what is no finite number, and negative totals', () => {
    const { telemetry, problems } = testTelemetry();
    const bad = [Number.NaN, Number.POSITIVE_INFINITY, '1', 1n, undefined] as number[];
    const all = (observer: Observer): void => {
      for (const value of [...bad, -1]) observer.observe(value);
    };
    telemetry.observableCounter('c', {}, all);
    telemetry.observableGauge('g', {}, all);
    const { metrics } = telemetry.snapshot();
    expect(metrics.filter(({ name }) => name === 'c' || name === 'g')).toMatchObject([
      { name: 'g', points: [{ value: -1 }] },
    ]);
    expect(problems.map(({ message }) => message)).toMatchInlineSnapshot(`
      [
        ""c" was given NaN, which was ignored; the callback of a counter reports its total so far, a finite number from 0 up.",
        ""g" was given NaN, which was ignored; a callback reports finite numbers.",
      ]
    `);
    expect(telemetry.health().problems).toEqual({ ERR_VALUE: bad.length * 2 + 1 });
  });

  it('never throws for attributes that cannot be read', () => {
    const { telemetry, problems } = testTelemetry();
    const trap = {
      get a(): string {
        throw new Error('not now');
      },
    };
    telemetry.observableGauge('g', {}, (observer) => observer.observe(1, trap));
    expect(seriesOf(telemetry, 'g')).toEqual({ '{}': 1 });
    expect(problems.map(({ message }) => message)).toEqual([
      'The attributes of "g" could not be read (not now) and were left out.',
    ]);
  });

  it('has what an asynchronous callback reported, at the latest when metrics are read the next time', async () => {
    const { telemetry, scrape } = servingTelemetry();
    let value = 1;
    telemetry.observableGauge('g', {}, async (observer) => {
      await settled();
      observer.observe(value);
    });
    expect(await scrape('g')).toEqual({ '{}': 1 });
    value = 2;
    expect(seriesOf(telemetry, 'g')).toEqual({ '{}': 1 });
    await settled();
    await settled();
    expect(pointsOf(telemetry, 'g')[0]).toMatchObject({ value: 2 });
  });

  it('is asked once by two who read at the same time, and both wait for the answer', async () => {
    const { telemetry, scrape } = servingTelemetry();
    let calls = 0;
    telemetry.observableGauge('g', {}, async (observer) => {
      calls++;
      await settled();
      observer.observe(calls);
    });
    expect(await Promise.all([scrape('g'), scrape('g')])).toEqual([{ '{}': 1 }, { '{}': 1 }]);
    expect(calls).toBe(1);
  });

  it('waits for thenables that are not promises of this process', async () => {
    const { telemetry, scrape } = servingTelemetry();
    telemetry.observableGauge('g', {}, (observer) => {
      const thenable = {
        // biome-ignore lint/suspicious/noThenProperty: it is what is tested
        then(resolve: () => void) {
          observer.observe(4);
          resolve();
        },
      };
      return thenable as unknown as Promise<void>;
    });
    expect(await scrape('g')).toEqual({ '{}': 4 });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no disk');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no disk'))],
  ])('is left out while its callback %s, which is told once and harms no other', async (_, fail) => {
    const { telemetry, scrape, problems } = servingTelemetry();
    let failing = false;
    telemetry.observableCounter('bad', {}, (observer) => {
      observer.observe(5);
      return failing ? fail() : undefined;
    });
    telemetry.observableGauge('good', {}, (observer) => observer.observe(1));
    await scrape('bad');
    const before = pointsOf(telemetry, 'bad')[0];
    failing = true;
    for (let round = 0; round < 2; round++) expect(await scrape('bad')).toEqual({});
    expect(await scrape('good')).toEqual({ '{}': 1 });
    expect(problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'ERR_CALLBACK A callback of "bad" failed (no disk); its series are left out until it works again.',
    ]);
    failing = false;
    expect(await scrape('bad')).toEqual({ '{}': 5 });
    // The same series: one that came back as new would be counted a second time by backends that take differences.
    expect(pointsOf(telemetry, 'bad')[0]?.attributes).toBe(before?.attributes);
  });

  it('is left out when its callback hangs for longer than 5 seconds, which blocks no other', async () => {
    const { telemetry, clock, scrape, problems } = servingTelemetry();
    let release: () => void = () => {};
    let hanging = false;
    telemetry.observableGauge('slow', {}, async (observer) => {
      observer.observe(1);
      if (hanging) {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
    });
    telemetry.observableGauge('good', {}, (observer) => observer.observe(1));
    expect(await scrape('slow')).toEqual({ '{}': 1 });
    hanging = true;
    const waiting = scrape('slow');
    await settled();
    clock.advance(4.9);
    expect(seriesOf(telemetry, 'good')).toEqual({ '{}': 1 });
    expect(seriesOf(telemetry, 'slow')).toEqual({ '{}': 1 });
    clock.advance(0.2);
    expect(await waiting).toEqual({});
    expect(problems.map(({ message }) => message)).toEqual([
      'A callback of "slow" did not finish within 5 s; its series are left out until it does.',
    ]);
    // It still hangs: nobody waits for it again.
    expect(await scrape('slow')).toEqual({});
    expect(await scrape('good')).toEqual({ '{}': 1 });
    hanging = false;
    release();
    await settled();
    expect(await scrape('slow')).toEqual({ '{}': 1 });
  });

  it('tells of a callback that holds the process', () => {
    const { telemetry, clock, problems } = testTelemetry();
    telemetry.observableGauge('g', {}, (observer) => {
      clock.advance(0.25);
      observer.observe(1);
    });
    expect(seriesOf(telemetry, 'g')).toEqual({ '{}': 1 });
    expect(problems.map(({ message }) => message)).toEqual([
      'A callback of "g" held the process for 250 ms; let it read a value that is kept elsewhere.',
    ]);
  });

  it('is no longer asked by a callback that was removed, from this instrument only', () => {
    const { telemetry } = testTelemetry();
    const callback = (observer: Observer): void => observer.observe(1);
    const one = telemetry.observableGauge('one', {}, callback);
    telemetry.observableGauge('two', {}, callback);
    expect(seriesOf(telemetry, 'one')).toEqual({ '{}': 1 });
    one.removeCallback(callback);
    one.removeCallback(() => {});
    expect(seriesOf(telemetry, 'one')).toEqual({});
    expect(seriesOf(telemetry, 'two')).toEqual({ '{}': 1 });
  });

  it('runs a callback once that was added twice', () => {
    const { telemetry } = testTelemetry();
    let calls = 0;
    const callback = (observer: Observer): void => observer.observe(++calls);
    telemetry.observableCounter('c', {}, callback).addCallback(callback);
    expect(seriesOf(telemetry, 'c')).toEqual({ '{}': 1 });
  });
});
