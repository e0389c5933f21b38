import { describe, expect, it } from 'vitest';
import { createTelemetry, type Telemetry, TelemetryError, type TelemetryOptions } from './index.ts';
import { ManualClock } from './manual-clock.test-support.ts';
import { testTelemetry } from './telemetry.test-support.ts';

/** `ERR_…: message` of what was thrown. */
function thrownBy(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof TelemetryError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const withOptions = (options: unknown): string =>
  thrownBy(() => createTelemetry({ service: { name: 'shop' }, ...(options as object) }));

const exporter = (name: string) => ({ name, exportMetrics: async () => {} });

describe('createTelemetry says what is wrong and how to mend it', () => {
  it.each<[string, unknown]>([
    ['no service', { service: undefined }],
    ['a blank service name', { service: { name: ' ' } }],
    ['a service name that is no text', { service: { name: 5 } }],
    ['an unknown option', { exporter: [] }],
    ['an unknown option like no other', { colour: 'red' }],
    ['an unknown option of a part', { cardinality: { perInstument: 5 } }],
    ['an unknown option of the service', { service: { name: 'shop', verison: '1' } }],
    ['an unknown option of sampling.keep', { sampling: { keep: { error: true } } }],
    ['a part that is no object', { metrics: 'none' }],
    ['exporters that are no array', { exporters: exporter('a') }],
    ['two exporters of one name', { exporters: [exporter('a'), exporter('a')] }],
    ['an exporter that is none', { exporters: [{ name: 'a' }] }],
    ['a wrong ratio', { sampling: { ratio: 10 } }],
    ['attributes of a wrong type', { attributes: { team: { name: 'payments' } } }],
    ['service attributes of a wrong type', { service: { name: 'shop', attributes: { pod: null } } }],
    ['a negative time limit', { shutdown: { timeout: -1 } }],
    ['signals that are no array', { shutdown: { signals: 'SIGTERM' } }],
    ['a signal that does not exist', { shutdown: { signals: ['SIGFOO'] } }],
    ['a signal that nobody can listen for', { shutdown: { signals: ['SIGKILL'] } }],
    ['an unknown kind of operation', { operations: { disable: ['jobs'] } }],
    ['a budget that is no number', { cardinality: { perInstrument: '5' } }],
    ['a budget of nothing', { cardinality: { total: 0 } }],
    ['a negative expiry', { cardinality: { expireAfter: -1 } }],
    ['names that are no array', { metrics: { disable: 'job.*' } }],
    ['attribute names that are no array', { metrics: { attributes: { 'job.*': { allow: 'job.name' } } } }],
    ['an unknown option of an attribute selection', { metrics: { attributes: { c: { only: [] } } } }],
    ['a listener that is none', { onError: 'log' }],
    ['the option that propagators had before', { propagator: {} }],
    ['propagators that are no array', { propagators: 'b3' }],
    ['a propagator that is nearly known', { propagators: ['trace-context'] }],
    ['a propagator that is not known', { propagators: ['tracecontext', 'jaeger'] }],
    ['a propagator that is none of a name', { propagators: ['none'] }],
    ['a propagator without its methods', { propagators: [{ inject: () => {} }] }],
    ['a propagator that is nothing', { propagators: [null] }],
    ['a gathering that is none', { gather: {} }],
    ['no gathering', { gather: null }],
  ])('%s', (title, options) => {
    expect(`${title} → ${withOptions(options)}`).toMatchSnapshot();
  });

  it('no options at all', () => {
    expect(thrownBy(() => createTelemetry(undefined as unknown as TelemetryOptions))).toMatchInlineSnapshot(
      `"ERR_OPTION: createTelemetry needs options; at least { service: { name: 'checkout' } }."`,
    );
  });

  it('and leaves nothing behind', () => {
    const clock = new ManualClock();
    const before = process.listenerCount('SIGTERM') + process.listenerCount('beforeExit');
    withOptions({ clock, cardinality: { expireAfter: 60 }, sampling: { ratio: 2 } });
    withOptions({ clock, cardinality: { expireAfter: 60 }, exporters: [exporter('a'), exporter('a')] });
    expect(clock.pending).toBe(0);
    expect(process.listenerCount('SIGTERM') + process.listenerCount('beforeExit')).toBe(before);
  });
});

describe('an instrument that cannot be made says why', () => {
  it.each<[string, (telemetry: Telemetry) => unknown]>([
    ['a bad name', (t) => t.counter('2orders')],
    ['a name with a space', (t) => t.counter('my orders')],
    ['an empty name', (t) => t.gauge('')],
    ['no name', (t) => t.gauge(undefined as unknown as string)],
    ['a name that is too long', (t) => thrownBy(() => t.counter(`a${'b'.repeat(255)}`)).length < 600 && t.counter('')],
    ['another kind', (t) => [t.counter('c'), t.gauge('c')]],
    ['another unit', (t) => [t.counter('c', { unit: 's' }), t.counter('c', { unit: 'ms' })]],
    ['other buckets', (t) => [t.histogram('h', { buckets: [1] }), t.histogram('h', { buckets: [2] })]],
    ['buckets where there were none', (t) => [t.histogram('h'), t.histogram('h', { buckets: [2] })]],
    [
      'another unit, without buckets',
      (t) => [t.histogram('h', { unit: 's', buckets: [1] }), t.histogram('h', { unit: 'ms' })],
    ],
    ['a name in another case', (t) => [t.counter('Orders'), t.counter('orders')]],
    ['an observable where there was none', (t) => [t.counter('c'), t.observableCounter('c')]],
    ['an unknown option', (t) => t.histogram('h', { bucket: [1] } as never)],
    ['options that are no object', (t) => t.counter('c', 's' as never)],
    ['buckets that do not rise', (t) => t.histogram('h', { buckets: [1, 1] })],
    ['buckets that are not finite', (t) => t.histogram('h', { buckets: [1, Number.POSITIVE_INFINITY] })],
    ['buckets that are no array', (t) => t.histogram('h', { buckets: 5 as never })],
    ['a unit that is no text', (t) => t.counter('c', { unit: 5 as never })],
    ['a wrong quantile', (t) => t.summary('s', { quantiles: [0.5, 95] })],
    ['a wrong window', (t) => t.summary('s', { window: 0 })],
    ['a pool without size', (t) => t.workerPool('p', undefined as never)],
    ['a pool of a wrong size', (t) => t.workerPool('p', { size: 1.5 })],
    ['an unknown moment', (t) => t.on('finish' as never, () => {})],
  ])('%s', (title, define) => {
    const { telemetry } = testTelemetry();
    expect(`${title} → ${thrownBy(() => define(telemetry))}`).toMatchSnapshot();
  });

  it('a new name that is none', () => {
    const { telemetry } = testTelemetry({ metrics: { rename: { orders: 'my orders' } } });
    expect(thrownBy(() => telemetry.counter('orders'))).toMatch('"my orders" is not a metric name');
  });
});

describe('an instrument that is asked for again', () => {
  it('is the same one, whether or not the rest is repeated', () => {
    const { telemetry } = testTelemetry();
    const counter = telemetry.counter('c', { unit: 's', description: 'first' });
    expect(telemetry.counter('c')).toBe(counter);
    expect(telemetry.counter('c', { unit: 's', description: 'second' })).toBe(counter);
    const histogram = telemetry.histogram('h', { buckets: [1, 2], unit: 's' });
    expect(telemetry.histogram('h', { buckets: [1, 2] })).toBe(histogram);
    expect(telemetry.histogram('h')).toBe(histogram);
    const exponential = telemetry.histogram('e');
    expect(telemetry.histogram('e', {})).toBe(exponential);
    expect(telemetry.forService('auth').counter('c')).not.toBe(counter);
  });
});
