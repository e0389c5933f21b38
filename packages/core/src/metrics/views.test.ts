import { type Attributes, type Context, createContextKey, ROOT_CONTEXT, ValueType } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import type { Telemetry, TelemetryOptions, View } from '../index.ts';
import { metricOf, pointsOf, seriesOf, testTelemetry } from '../telemetry.test-support.ts';

const withViews = (views: readonly View[], options: Partial<TelemetryOptions> = {}) =>
  testTelemetry({ metrics: { views }, ...options });

/** Name and type of all streams but Telltale's own about itself. */
const streamsOf = (telemetry: Telemetry): readonly string[] =>
  telemetry
    .snapshot()
    .metrics.filter(({ name }) => !name.startsWith('telltale.'))
    .map(({ name, type }) => `${name} ${type}`);

const drop = { type: 'drop' } as const;

describe('a view fits instruments', () => {
  const recordAll = (telemetry: Telemetry): void => {
    const meter = telemetry.meterProvider.getMeter('library', '1.0', { schemaUrl: 'https://schema' });
    meter.createCounter('http.calls', { unit: '{call}' }).add(1);
    meter.createHistogram('http.time', { unit: 's' }).record(1);
    meter.createObservableGauge('db.size').addCallback((result) => result.observe(1));
    telemetry.gauge('db.temperature').record(1);
    telemetry.summary('db.wait').record(1);
  };
  const ALL = ['db.size', 'db.temperature', 'db.wait', 'http.calls', 'http.time'];

  it.each<[string, View, readonly string[]]>([
    ['name', { instrumentName: 'http.calls' }, ['http.calls']],
    ['name, whatever its case', { instrumentName: 'HTTP.calls' }, ['http.calls']],
    ['any name', { instrumentName: '*' }, ALL],
    ['"*" anywhere', { instrumentName: '*.*i*e' }, ['db.size', 'http.time']],
    ['"?" for one character', { instrumentName: 'db.s?ze' }, ['db.size']],
    ['"." for itself only', { instrumentName: 'db?siz.' }, []],
    ['kind', { instrumentType: 'histogram' }, ['http.time']],
    ['the SDK’s word for it', { instrumentType: 'OBSERVABLE_GAUGE' }, ['db.size']],
    ['a kind that only Telltale has', { instrumentType: 'summary' }, ['db.wait']],
    ['unit', { instrumentUnit: 's' }, ['http.time']],
    ['meter', { meterName: 'library' }, ['db.size', 'http.calls', 'http.time']],
    ['version of the meter', { meterVersion: '1.0' }, ['db.size', 'http.calls', 'http.time']],
    ['another version', { meterName: 'library', meterVersion: '2.0' }, []],
    ['schema of the meter', { meterSchemaUrl: 'https://schema' }, ['db.size', 'http.calls', 'http.time']],
    [
      'all that is given',
      { instrumentName: 'http.*', instrumentType: 'counter', instrumentUnit: '{call}' },
      ['http.calls'],
    ],
    ['all or not at all', { instrumentName: 'http.*', instrumentType: 'counter', instrumentUnit: 's' }, []],
  ])('by %s', (_, view, dropped) => {
    const { telemetry } = withViews([{ ...view, aggregation: drop }]);
    recordAll(telemetry);
    expect(streamsOf(telemetry).map((stream) => stream.split(' ')[0])).toEqual(
      ALL.filter((name) => !dropped.includes(name)),
    );
  });
});

describe('a view', () => {
  it('gives a stream another name and description', () => {
    const { telemetry, problems } = withViews([
      { instrumentName: 'calls', name: 'Aufrufe, alle', description: 'Neu.' },
    ]);
    const calls = telemetry.counter('calls', { unit: '{call}', description: 'Old.' });
    calls.add(1);
    expect(telemetry.counter('calls')).toBe(calls);
    expect(metricOf(telemetry, 'Aufrufe, alle')).toMatchObject({
      description: 'Neu.',
      unit: '{call}',
      type: 'counter',
    });
    expect(problems).toEqual([]);
  });

  it('drops an instrument: recording on it does nothing, its callbacks are not called, and it takes no budget', () => {
    const { telemetry } = withViews([{ instrumentName: '*', aggregation: drop }]);
    telemetry.counter('c').add(1, { a: 1 });
    telemetry.histogram('h').bind({ a: 1 }).record(1);
    telemetry.observableGauge('g', {}, () => {
      throw new Error('must not be called');
    });
    expect(telemetry.snapshot().metrics).toEqual([]);
    expect(telemetry.health().cardinality.series).toBe(0);
  });

  it('that fits none changes nothing, and instruments of all views but one are as they were', () => {
    const { telemetry } = withViews([{ instrumentName: 'x', name: 'y' }]);
    expect(telemetry.counter('c').constructor).toBe(testTelemetry().telemetry.counter('c').constructor);
  });

  it('keeps, leaves out and renames attributes, and what falls together adds up', () => {
    const { telemetry } = withViews([
      { instrumentName: 'allow', attributes: { allow: ['plan'] } },
      { instrumentName: 'deny', attributes: { deny: ['user'] } },
      { instrumentName: 'rename', attributes: { rename: { plan: 'tier' }, deny: ['user'] } },
      { instrumentName: 'none', attributes: { allow: [] } },
    ]);
    for (const name of ['allow', 'deny', 'rename', 'none', 'all']) {
      const counter = telemetry.counter(name);
      for (const user of ['u1', 'u2']) counter.add(1, { plan: 'pro', user });
      counter.bind({ plan: 'pro', user: 'u3' }).add(1);
    }
    expect(seriesOf(telemetry, 'allow')).toEqual({ '{plan=pro}': 3 });
    expect(seriesOf(telemetry, 'deny')).toEqual({ '{plan=pro}': 3 });
    expect(seriesOf(telemetry, 'rename')).toEqual({ '{tier=pro}': 3 });
    expect(seriesOf(telemetry, 'none')).toEqual({ '{}': 3 });
    expect(Object.keys(seriesOf(telemetry, 'all'))).toHaveLength(3);
  });

  it('chooses attributes from those that metrics.attributes leaves, by the names they have there', () => {
    const { telemetry } = testTelemetry({
      metrics: {
        attributes: { '*': { deny: ['user'], rename: { plan: 'tier' } } },
        views: [
          { instrumentName: 'a', attributes: { allow: ['user', 'tier'] } },
          { instrumentName: 'b', description: 'B.' },
        ],
      },
    });
    for (const name of ['a', 'b', 'c']) telemetry.counter(name).add(1, { user: 'u', plan: 'p' });
    expect(seriesOf(telemetry, 'a')).toEqual({ '{tier=p}': 1 });
    expect(seriesOf(telemetry, 'b')).toEqual({ '{tier=p}': 1 });
    expect(seriesOf(telemetry, 'c')).toEqual({ '{tier=p}': 1 });
  });

  it('lets processors of the SDK change the attributes of each measurement, in turn, with its context', () => {
    const key = createContextKey('tenant');
    const seen: (Context | undefined)[] = [];
    const { telemetry } = withViews([
      {
        instrumentName: 'c',
        attributesProcessors: [
          {
            process: (attributes: Attributes, context?: Context): Attributes => {
              seen.push(context);
              return { ...attributes, tenant: String(context?.getValue(key) ?? 'none') };
            },
          },
          { process: ({ user: _, ...rest }: Attributes): Attributes => rest },
        ],
      },
    ]);
    const counter = telemetry.meterProvider.getMeter('library').createCounter('c');
    counter.add(1, { user: 'u1' }, ROOT_CONTEXT.setValue(key, 'acme'));
    telemetry.withContext(ROOT_CONTEXT.setValue(key, 'umbrella'), () => counter.add(1, { user: 'u2' }));
    counter.add(1);
    expect(seriesOf(telemetry, 'c')).toEqual({ '{tenant=acme}': 1, '{tenant=umbrella}': 1, '{tenant=none}': 1 });
    expect(seen).toHaveLength(3);
    expect(seen.every((context) => context !== undefined)).toBe(true);
  });

  it('records without attributes where a processor fails, so that nothing comes through that was to be left out', () => {
    const failing = {
      process: (): Attributes => {
        throw new Error('broken');
      },
    };
    const { telemetry, problems } = withViews([{ instrumentName: 'c', attributesProcessors: [failing] }]);
    const counter = telemetry.counter('c');
    counter.add(1, { secret: 1 });
    counter.bind({ secret: 2 }).add(1);
    expect(seriesOf(telemetry, 'c')).toEqual({ '{}': 2 });
    expect(problems.map(({ message }) => message)).toEqual([
      'An attributes processor of a view on "c" failed (broken); what it was called for was recorded without attributes.',
    ]);
  });

  it('limits the series of its stream, and says which limit to raise', () => {
    const { telemetry, problems } = withViews([{ instrumentName: 'a', aggregationCardinalityLimit: 3 }]);
    for (const name of ['a', 'b']) for (let user = 0; user < 10; user++) telemetry.counter(name).add(1, { user });
    expect(seriesOf(telemetry, 'a')).toEqual({ '{user=0}': 1, '{user=1}': 1, '{user=other}': 8 });
    expect(Object.keys(seriesOf(telemetry, 'b'))).toHaveLength(10);
    expect(problems[0]?.message).toContain('raise aggregationCardinalityLimit of its view or cardinality.total');
  });

  it('limits it to two, too', () => {
    const { telemetry } = withViews([{ instrumentName: '*', aggregationCardinalityLimit: 2 }]);
    for (const user of ['a', 'b', 'c']) {
      telemetry.counter('one').add(1, { user });
      telemetry.counter('two').add(1, { user, method: 'GET' });
    }
    expect(seriesOf(telemetry, 'one')).toEqual({ '{user=a}': 1, '{otel.metric.overflow=true}': 2 });
    expect(seriesOf(telemetry, 'two')).toEqual({ '{method=GET,user=a}': 1, '{otel.metric.overflow=true}': 2 });
  });

  it('has one series for the sets that are too many, of ever new keys, as the specification wants', () => {
    const { telemetry } = withViews([{ instrumentName: 'a', aggregationCardinalityLimit: 2 }]);
    for (const key of ['k1', 'k2', 'k3', 'k1']) telemetry.counter('a').add(1, { [key]: 'v' });
    expect(seriesOf(telemetry, 'a')).toEqual({ '{k1=v}': 2, '{otel.metric.overflow=true}': 2 });
  });

  it('works on Telltale’s own instruments', () => {
    const { telemetry } = withViews([
      {
        instrumentName: 'http.server.request.duration',
        attributes: { allow: ['http.route'] },
        aggregation: { type: 'exponentialHistogram', options: { maxSize: 40 } },
      },
      { instrumentName: 'http.server.active_requests', aggregation: drop },
    ]);
    for (const status of [200, 500]) telemetry.request({ method: 'GET' }).end({ status, route: '/' });
    expect(metricOf(telemetry, 'http.server.request.duration')?.type).toBe('exponentialHistogram');
    expect(seriesOf(telemetry, 'http.server.request.duration')).toEqual({ '{http.route=/}': 2 });
    expect(metricOf(telemetry, 'http.server.active_requests')).toBeUndefined();
  });

  it('written for the SDK, with its numbers and words, works unchanged', () => {
    const { telemetry } = withViews([
      {
        instrumentType: 'HISTOGRAM',
        instrumentUnit: 'ms',
        aggregation: { type: 4, options: { boundaries: [0, 10], recordMinMax: false } },
      },
      { instrumentName: 'e', aggregation: { type: 5, options: { maxSize: 10 } } },
      { instrumentName: 's', aggregation: { type: 2 } },
      { instrumentName: 'l', aggregation: { type: 3 } },
      { instrumentName: 'd', aggregation: { type: 0 } },
      { instrumentName: 'x', aggregation: { type: 1 } },
    ]);
    const meter = telemetry.meterProvider.getMeter('library');
    meter.createHistogram('h', { unit: 'ms' }).record(5);
    meter.createHistogram('d', { advice: { explicitBucketBoundaries: [3] } }).record(5);
    for (const name of ['e', 's', 'l', 'x']) meter.createHistogram(name).record(5);
    expect(streamsOf(telemetry)).toEqual([
      'd histogram',
      'e exponentialHistogram',
      'h histogram',
      'l gauge',
      's counter',
    ]);
    expect(metricOf(telemetry, 'd')).toMatchObject({ boundaries: [3] });
    expect(metricOf(telemetry, 'h')).toMatchObject({
      boundaries: [0, 10],
      points: [{ counts: [0, 1, 0], min: undefined, max: undefined, sum: 5 }],
    });
  });
});

describe('the aggregation of a view', () => {
  const aggregate = (type: 'sum' | 'lastValue' | 'histogram' | 'exponentialHistogram') => {
    const { telemetry } = withViews([{ instrumentName: '*', aggregation: { type } }]);
    telemetry.counter('counter').add(1);
    telemetry.counter('counter').bind().add(2);
    telemetry.upDownCounter('updown').add(4);
    telemetry.upDownCounter('updown').bind().add(-6);
    telemetry.gauge('gauge').record(3);
    telemetry.gauge('gauge').bind().record(-1);
    telemetry.histogram('histogram', { buckets: [1] }).record(3);
    telemetry
      .histogram('histogram', { buckets: [1] })
      .bind()
      .record(0.5);
    telemetry.summary('summary').record(-1);
    telemetry.observableCounter('ocounter', {}, (observer) => observer.observe(5));
    telemetry.observableGauge('ogauge', {}, (observer) => observer.observe(-5));
    return telemetry
      .snapshot()
      .metrics.filter(({ name }) => !name.startsWith('telltale.'))
      .map(({ name, type: is, points: [point] }) => {
        if (point === undefined) return name;
        return `${name} ${is} ${'value' in point ? point.value : `${point.count} ${point.sum}`}`;
      });
  };

  it('can be a sum, which only rises where values do', () => {
    expect(aggregate('sum')).toEqual([
      'counter counter 3',
      'gauge upDownCounter 2',
      'histogram counter 3.5',
      'ocounter counter 5',
      'ogauge upDownCounter -5',
      'summary upDownCounter -1',
      'updown upDownCounter -2',
    ]);
  });

  it('can be the last value', () => {
    expect(aggregate('lastValue')).toEqual([
      'counter gauge 2',
      'gauge gauge -1',
      'histogram gauge 0.5',
      'ocounter gauge 5',
      'ogauge gauge -5',
      'summary gauge -1',
      'updown gauge -6',
    ]);
  });

  it.each(['histogram', 'exponentialHistogram'] as const)(
    'can be a %s, with values below 0 where the instrument takes them',
    (type) => {
      expect(aggregate(type)).toEqual([
        `counter ${type} 2 3`,
        `gauge ${type} 2 2`,
        `histogram ${type} 2 3.5`,
        'ocounter counter 5',
        'ogauge gauge -5',
        `summary ${type} 1 -1`,
        `updown ${type} 2 -2`,
      ]);
    },
  );

  it('leaves what an instrument takes as it is: a counter takes no values below 0, whatever becomes of them', () => {
    const { telemetry, problems } = withViews([{ instrumentName: '*', aggregation: { type: 'lastValue' } }]);
    telemetry.counter('c').add(-1);
    telemetry.counter('c').bind().add(Number.NaN);
    telemetry.meterProvider.getMeter('library').createHistogram('h', { valueType: ValueType.INT }).record(2.9);
    expect([seriesOf(telemetry, 'c'), seriesOf(telemetry, 'h')]).toEqual([{}, { '{}': 2 }]);
    expect(problems[0]?.message).toContain('a counter takes finite numbers from 0 up');
  });

  it('has the specification’s boundaries unless it says others, also where the instrument advises some', () => {
    const { telemetry } = withViews([{ instrumentName: 'h', aggregation: { type: 'histogram' } }]);
    const advice = { explicitBucketBoundaries: [1] };
    telemetry.meterProvider.getMeter('library').createHistogram('h', { advice }).record(1);
    const metric = metricOf(telemetry, 'h');
    expect(metric?.type === 'histogram' && metric.boundaries).toEqual([
      0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000,
    ]);
  });

  it('has at most so many exponential buckets, and no minimum and maximum where they are not wanted', () => {
    const options = { maxSize: 4, recordMinMax: false };
    const { telemetry } = withViews([{ instrumentName: 'e', aggregation: { type: 'exponentialHistogram', options } }]);
    for (let value = 1; value < 1000; value++) telemetry.upDownCounter('e').add(value % 2 === 0 ? value : -value);
    const [point] = pointsOf(telemetry, 'e');
    if (point === undefined || !('positive' in point)) throw new Error('e is missing');
    expect(point).toMatchObject({ count: 999, min: undefined, max: undefined });
    expect(point.positive.counts.length).toBeLessThanOrEqual(4);
    expect(point.negative.counts.length).toBeLessThanOrEqual(4);
  });
});

describe('several views on one instrument', () => {
  const views: View[] = [
    { instrumentName: 'calls', name: 'calls.by_plan', attributes: { allow: ['plan'] } },
    {
      instrumentName: 'calls',
      name: 'calls.sizes',
      attributes: { allow: [] },
      aggregation: { type: 'histogram', options: { boundaries: [1] } },
    },
    { instrumentName: 'calls', name: 'nothing', aggregation: drop },
  ];

  it('make a stream each, from one record', () => {
    const { telemetry, problems } = withViews(views);
    const calls = telemetry.counter('calls');
    calls.add(2, { plan: 'pro', user: 'u' });
    const bound = calls.bind({ plan: 'pro', user: 'v' });
    bound.add();
    expect(streamsOf(telemetry)).toEqual(['calls.by_plan counter', 'calls.sizes histogram']);
    expect(seriesOf(telemetry, 'calls.by_plan')).toEqual({ '{plan=pro}': 3 });
    expect(pointsOf(telemetry, 'calls.sizes')).toMatchObject([{ attributes: {}, counts: [1, 1], sum: 3 }]);
    expect(bound.value).toBe(3);
    expect(problems).toEqual([]);
  });

  it('make a stream each of what a callback reports', () => {
    const { telemetry } = withViews([
      { instrumentName: 'o', name: 'o.total', attributes: { allow: [] } },
      { instrumentName: 'o', name: 'o.last', aggregation: { type: 'lastValue' }, attributes: { allow: ['a'] } },
    ]);
    let fail = false;
    telemetry.observableCounter('o', {}, (observer) => {
      if (fail) throw new Error('gone');
      observer.observe(1, { a: 1, b: 1 });
      observer.observe(2, { a: 2, b: 2 });
    });
    expect(seriesOf(telemetry, 'o.total')).toEqual({ '{}': 3 });
    expect(seriesOf(telemetry, 'o.last')).toEqual({ '{a=1}': 1, '{a=2}': 2 });
    fail = true;
    expect(streamsOf(telemetry)).toEqual([]);
  });

  it('are told when streams of one name come of them, and all are there', () => {
    const { telemetry, problems } = withViews([
      { instrumentName: 'calls' },
      { instrumentName: 'calls', attributes: { allow: [] } },
      { instrumentName: 'other', name: 'calls' },
    ]);
    telemetry.counter('calls').add(1, { a: 1 });
    telemetry.counter('other').add(1);
    expect(streamsOf(telemetry)).toEqual(['calls counter', 'calls counter', 'calls counter']);
    expect(problems.map(({ code }) => code)).toEqual(['ERR_METRIC_CONFLICT', 'ERR_METRIC_CONFLICT']);
    expect(problems[1]?.message).toBe(
      'Two streams are called "calls", one of them of "other"; both are exported. Give one of them another name in metrics.views.',
    );
  });

  it('of which all but one drop it leave that one', () => {
    const { telemetry } = withViews([
      { instrumentName: 'x', description: 'Kept.' },
      { instrumentName: '*', aggregation: drop },
    ]);
    for (const name of ['x', 'y']) telemetry.counter(name).add(1);
    expect(streamsOf(telemetry)).toEqual(['x counter']);
  });
});
