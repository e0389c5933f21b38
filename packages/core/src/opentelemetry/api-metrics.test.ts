// What OpenTelemetry's specification asks of metrics, through its API alone. COMPLIANCE.md cites these by their titles.
import { type Attributes, metrics } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import type { Metric, MetricsSnapshot } from '../index.ts';
import { metricOf, seriesOf, testTelemetry } from '../telemetry.test-support.ts';

type Records = (value: number, attributes?: Attributes) => void;

function stage() {
  const { telemetry, problems, clock } = testTelemetry();
  return { telemetry, problems, clock, meter: telemetry.meterProvider.getMeter('library') };
}

/** Metrics of a scope, by name. */
function metricsOf({ metrics: all }: MetricsSnapshot, scope: string): readonly Metric[] {
  return all.filter((metric) => metric.scope.name === scope);
}

describe('a meter provider', () => {
  it('may be the global one', () => {
    const { telemetry } = testTelemetry();
    expect(metrics.setGlobalMeterProvider(telemetry.meterProvider)).toBe(true);
    expect(metrics.getMeterProvider()).toBe(telemetry.meterProvider);
    metrics.getMeter('library').createCounter('calls').add(1);
    metrics.disable();
    expect(seriesOf(telemetry, 'calls')).toEqual({ '{}': 1 });
  });

  it('can be there any number of times, each with its own instruments', () => {
    const [one, two] = [stage(), stage()];
    one.meter.createCounter('calls').add(1);
    two.meter.createCounter('calls').add(2);
    expect([seriesOf(one.telemetry, 'calls'), seriesOf(two.telemetry, 'calls')]).toEqual([{ '{}': 1 }, { '{}': 2 }]);
  });

  it('gives meters with version, schema URL and attributes, all of which their metrics have', () => {
    const { telemetry } = testTelemetry();
    const options = { schemaUrl: 'https://opentelemetry.io/schemas/1.30.0', attributes: { shard: 3 } };
    telemetry.meterProvider.getMeter('library', '1.2.3', options).createCounter('calls').add(1);
    expect(metricOf(telemetry, 'calls')?.scope).toEqual({ name: 'library', version: '1.2.3', ...options });
  });

  it('gives a meter that works also for a name that is none, and keeps that name', () => {
    const { telemetry } = testTelemetry();
    telemetry.meterProvider.getMeter('').createCounter('calls').add(1);
    telemetry.meterProvider
      .getMeter(undefined as never)
      .createCounter('calls')
      .add(2);
    expect(metricOf(telemetry, 'calls')?.scope.name).toBe('');
    expect(seriesOf(telemetry, 'calls')).toEqual({ '{}': 3 });
  });

  it('has the resource of its telemetry, which all metrics of all meters have', () => {
    const { telemetry } = testTelemetry({ service: { name: 'shop', version: '2.0.0' } });
    for (const name of ['a', 'b']) telemetry.meterProvider.getMeter(name).createCounter(`${name}.calls`).add(1);
    const snapshot = telemetry.snapshot();
    for (const scope of ['a', 'b']) {
      expect(metricsOf(snapshot, scope).map(({ resource }) => resource)).toEqual([snapshot.resource]);
    }
    expect(snapshot.resource.attributes).toMatchObject({ 'service.name': 'shop', 'service.version': '2.0.0' });
  });

  it('has its options for all meters, those from before included: they have none of their own', () => {
    const { telemetry } = testTelemetry({
      attributes: { team: 'payments' },
      metrics: { attributes: { '*': { deny: ['secret'] } } },
    });
    for (const name of ['a', 'b']) {
      telemetry.meterProvider.getMeter(name).createCounter(`${name}.calls`).add(1, { secret: 's', plan: 'pro' });
      expect(seriesOf(telemetry, `${name}.calls`)).toEqual({ '{plan=pro,team=payments}': 1 });
    }
  });

  it('serves flows that run at the same time: meters, instruments and what they record', async () => {
    const { telemetry } = testTelemetry();
    const flow = async (plan: string): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        await Promise.resolve();
        const meter = telemetry.meterProvider.getMeter('library');
        meter.createCounter('calls').add(1, { plan });
        meter.createHistogram('took').record(i);
      }
    };
    await Promise.all(['free', 'pro'].map(flow));
    expect(seriesOf(telemetry, 'calls')).toEqual({ '{plan=free}': 20, '{plan=pro}': 20 });
    expect(seriesOf(telemetry, 'took')).toEqual({ '{}': 40 });
  });
});

describe('an instrument', () => {
  it('of each of the seven kinds is there, with name, unit and description', () => {
    const { telemetry, meter } = stage();
    const options = { unit: '{thing}', description: 'What there is.' };
    const report = (name: string) => (result: { observe: Records }) => result.observe(name.length, { a: 1 });
    meter.createCounter('counter', options).add(2, { a: 1 });
    meter.createUpDownCounter('up.down.counter', options).add(-3, { a: 1 });
    meter.createGauge('gauge', options).record(1.5, { a: 1 });
    meter.createHistogram('histogram', options).record(7, { a: 1 });
    meter.createObservableCounter('seen.counter', options).addCallback(report('twelve chars'));
    meter.createObservableUpDownCounter('seen.up.down', options).addCallback(report('four'));
    meter.createObservableGauge('seen.gauge', options).addCallback(report('six...'));
    const all = metricsOf(telemetry.snapshot(), 'library');
    expect(all.map(({ name, type }) => [name, type])).toEqual([
      ['counter', 'counter'],
      ['gauge', 'gauge'],
      ['histogram', 'histogram'],
      ['seen.counter', 'counter'],
      ['seen.gauge', 'gauge'],
      ['seen.up.down', 'upDownCounter'],
      ['up.down.counter', 'upDownCounter'],
    ]);
    for (const { unit, description } of all) expect({ unit, description }).toEqual(options);
    expect(all.map(({ name }) => seriesOf(telemetry, name)['{a=1}'])).toEqual([2, 1.5, 1, 12, 6, 4, -3]);
  });

  it('needs neither unit nor description', () => {
    const { telemetry, meter } = stage();
    meter.createCounter('calls').add(1);
    expect(metricOf(telemetry, 'calls')).toMatchObject({ unit: '', description: '' });
  });

  it('may have the name of one of another meter', () => {
    const { telemetry, problems } = testTelemetry();
    telemetry.meterProvider.getMeter('a').createCounter('calls').add(1);
    telemetry.meterProvider.getMeter('b').createHistogram('calls').record(1);
    const calls = telemetry.snapshot().metrics.filter(({ name }) => name === 'calls');
    expect(calls.map(({ scope, type }) => [scope.name, type])).toEqual([
      ['a', 'counter'],
      ['b', 'histogram'],
    ]);
    expect(problems).toEqual([]);
  });

  it.each([
    ['a', true],
    ['Orders_2.by-shop/day', true],
    ['a'.repeat(255), true],
    ['a'.repeat(256), false],
    ['', false],
    ['2orders', false],
    ['_orders', false],
    ['orders by shop', false],
    ['orders\n', false],
    ['заказы', false],
  ])('has a name of the specified syntax, or is told of: %j', (name, isRight) => {
    const { telemetry, meter, problems } = stage();
    meter.createCounter(name).add(1);
    expect(seriesOf(telemetry, name)).toEqual(isRight ? { '{}': 1 } : {});
    expect(problems.map(({ code }) => code)).toEqual(isRight ? [] : ['ERR_METRIC_NAME']);
  });

  it('has any unit of 63 ASCII characters, upper and lower case apart', () => {
    const { telemetry, meter } = stage();
    for (const [i, unit] of ['By', 'kBy/s', '{Request}', 'x'.repeat(63)].entries()) {
      meter.createCounter(`calls.${i}`, { unit }).add(1);
      expect(metricOf(telemetry, `calls.${i}`)?.unit).toBe(unit);
    }
  });

  it('has any description of 1023 characters of the basic multilingual plane, and more', () => {
    const { telemetry, meter } = stage();
    const descriptions = ['注文の数。\n"two" lines', 'д'.repeat(1023), `${'x'.repeat(2000)} 🎏`];
    for (const [i, description] of descriptions.entries()) {
      meter.createCounter(`calls.${i}`, { description }).add(1);
      expect(metricOf(telemetry, `calls.${i}`)?.description).toBe(description);
    }
  });

  it('can be bound to its attributes', () => {
    const { telemetry } = testTelemetry();
    const orders = telemetry.counter('orders').bind({ plan: 'pro' });
    orders.add(2);
    const price = telemetry.histogram('price', { buckets: [1] }).bind({ plan: 'pro' });
    price.record(4);
    const open = telemetry.upDownCounter('open').bind({ plan: 'pro' });
    open.add(-1);
    const load = telemetry.gauge('load').bind({ plan: 'pro' });
    load.record(0.5);
    const values = ['orders', 'price', 'open', 'load'].map((name) => seriesOf(telemetry, name));
    expect(values).toEqual([2, 1, -1, 0.5].map((value) => ({ '{plan=pro}': value })));
  });
});

describe('a series', () => {
  it('says since when it counts: since it began, not since the process did', () => {
    const { telemetry, meter, clock } = stage();
    const counter = meter.createCounter('calls');
    const began = clock.now();
    counter.add(1, { plan: 'free' });
    clock.advance(60);
    counter.add(1, { plan: 'pro' });
    const starts = metricOf(telemetry, 'calls')?.points.map(({ startTime }) => startTime - began);
    expect(starts).toHaveLength(2);
    expect((starts?.[1] ?? 0) - (starts?.[0] ?? 0)).toBeCloseTo(60, 0);
  });
});
