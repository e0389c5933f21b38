import { describe, expect, it } from 'vitest';
import { Diagnostics } from '../diagnostics.ts';
import { TelemetryError } from '../errors.ts';
import { Delivery } from './delivery.ts';
import type { Exporter } from './exporter.ts';
import { emptySource, eventOf, resource, snapshotOf, spanOf } from './samples.test-support.ts';
import { SettlingClock } from './settling-clock.test-support.ts';

function deliveryOf(...exporters: readonly unknown[]) {
  const clock = new SettlingClock();
  const told: [message: string, exporter: string | undefined][] = [];
  const outcomes: string[] = [];
  const delivery = new Delivery({
    exporters: exporters as readonly Exporter[],
    clock,
    diagnostics: new Diagnostics((error, exporter) => told.push([error.message, exporter])),
    resource,
    source: emptySource,
    collect: async () => snapshotOf(clock.now()),
    observer: (exporter) => ({
      exported: (signal, outcome, count) => outcomes.push(`${exporter} ${signal} ${outcome} ${count}`),
      duration: () => {},
    }),
    random: () => 0.5,
  });
  return { clock, delivery, told, outcomes };
}

const collecting = (name: string, more: Partial<Exporter> = {}) => {
  const spans: string[] = [];
  const exporter: Exporter = {
    name,
    exportSpans: async (given) => void spans.push(...given.map((span) => span.name)),
    ...more,
  };
  return { exporter, spans };
};

describe('a delivery', () => {
  it('gives each exporter the signals it takes, and knows which anybody takes', async () => {
    const [a, b] = [collecting('a'), collecting('b')];
    const { delivery } = deliveryOf(a.exporter, b.exporter, { name: 'c', exportMetrics: async () => {} });
    expect(delivery.takesEvents).toBe(false);
    delivery.start();
    delivery.offerSpan(spanOf('GET /'));
    delivery.offerEvent(eventOf('nobody wants it'));
    await delivery.flush();
    expect([a.spans, b.spans]).toEqual([['GET /'], ['GET /']]);
  });

  it('does not let one exporter that hangs hold up the others', async () => {
    const a = collecting('a', { exportSpans: () => new Promise(() => {}) });
    const b = collecting('b');
    const { delivery, clock } = deliveryOf(a.exporter, b.exporter);
    delivery.start();
    delivery.offerSpan(spanOf('GET /'));
    await clock.advance(30);
    expect(b.spans).toEqual(['GET /']);
    expect(delivery.health().map(({ name, status }) => [name, status])).toEqual([
      ['a', 'failing'],
      ['b', 'ok'],
    ]);
  });

  it('says which exporter a problem is of', async () => {
    const { exporter } = collecting('a', { exportSpans: () => Promise.reject(new Error('503')) });
    const { delivery, told, outcomes } = deliveryOf(exporter, collecting('b').exporter);
    delivery.start();
    delivery.offerSpan(spanOf('GET /'));
    await delivery.flush();
    expect(told.map(([, name]) => name)).toEqual(['a']);
    expect(outcomes).toEqual(['b spans accepted 1']);
  });

  it('shuts all down within the time limit, once', async () => {
    const { exporter } = collecting('a', { exportSpans: () => new Promise(() => {}) });
    let ends = 0;
    const { delivery, clock } = deliveryOf(exporter, collecting('b', { shutdown: async () => void ends++ }).exporter);
    delivery.start();
    delivery.offerSpan(spanOf('GET /'));
    let ended = false;
    const shutdown = delivery.shutdown(5);
    void shutdown.then(() => (ended = true));
    expect(delivery.shutdown(1)).toBe(shutdown);
    await clock.advance(4.9);
    expect([ended, ends]).toEqual([false, 1]);
    await clock.advance(0.1);
    expect([ended, ends]).toEqual([true, 1]);
    expect(clock.pending).toBe(0);
  });

  it('leaves no timer behind when all is done', async () => {
    const { delivery, clock } = deliveryOf(collecting('a').exporter, { name: 'b', exportMetrics: async () => {} });
    delivery.start();
    delivery.offerSpan(spanOf('GET /'));
    await delivery.shutdown(5);
    expect(clock.pending).toBe(0);
  });

  it('takes a rule for unknown outcomes for each signal', () => {
    const rules = { metrics: 'give-up', events: 'again' } as const;
    expect(() => deliveryOf({ name: 'a', start: () => {}, whenUnknown: rules })).not.toThrow();
  });

  it('needs no exporter', async () => {
    const { delivery } = deliveryOf();
    delivery.start();
    delivery.offerSpan(spanOf('GET /'));
    await delivery.flush();
    await delivery.shutdown(1);
    expect(delivery.health()).toEqual([]);
  });
});

describe('an exporter that cannot work is refused at the start:', () => {
  const works = { name: 'a', start: () => {} };
  for (const [title, exporters, message] of [
    [
      'a name given twice',
      [works, { ...works }],
      'Two exporters are called "a"; names tell them apart in health and errors, so give one of them another name.',
    ],
    [
      'no name',
      [{ start: () => {} }],
      'exporters[0] has no name; give it a `name` that is unique among the exporters.',
    ],
    [
      'the function instead of what it makes',
      [works, () => works],
      'exporters[1] is () => works, not an exporter; call the function that makes it, such as `prometheus()`.',
    ],
    [
      'nothing it takes',
      [{ name: 'a', shutdown: async () => {} }],
      'The exporter "a" takes nothing; implement at least one of `start`, `exportMetrics`, `exportSpans`, `exportEvents`.',
    ],
    [
      'a method that is none',
      [{ name: 'a', exportSpans: true }],
      '`exportSpans` of the exporter "a" must be a function; it is boolean.',
    ],
    [
      'an unknown temporality',
      [{ ...works, temporality: 'Delta' }],
      '`temporality` of the exporter "a" is "Delta"; it must be "cumulative" or "delta".',
    ],
    [
      'an unknown rule for unknown outcomes',
      [{ ...works, whenUnknown: 'retry' }],
      '`whenUnknown` of the exporter "a" is "retry"; it must be "again" or "give-up".',
    ],
    [
      'an unknown rule for a signal',
      [{ ...works, whenUnknown: { metrics: 'again', spans: 'drop' } }],
      '`whenUnknown.spans` of the exporter "a" is "drop"; it must be "again" or "give-up".',
    ],
    [
      'a rule for no signal',
      [{ ...works, whenUnknown: { traces: 'again' } }],
      '`whenUnknown.traces` of the exporter "a" is no signal; the signals are metrics, spans, events.',
    ],
    [
      'a setting of delivery that cannot work',
      [{ ...works, delivery: { rateLimit: -1 } }],
      '`rateLimit` of the exporter "a" is -1; give a number of requests a second above 0.',
    ],
    [
      'an interval in vain',
      [{ ...works, interval: 0 }],
      '`interval` of the exporter "a" is 0; it must be a number of seconds above 0, at most 2147483.',
    ],
    [
      'an interval of milliseconds',
      [{ ...works, interval: { spans: 5_000_000 } }],
      '`interval.spans` of the exporter "a" is 5000000; it must be a number of seconds above 0, at most 2147483.',
    ],
    [
      'an interval for no signal',
      [{ ...works, interval: { traces: 5 } }],
      '`interval.traces` of the exporter "a" is no signal; the signals are metrics, spans, events.',
    ],
    [
      'a time limit that is none',
      [{ ...works, timeout: Number.NaN }],
      '`timeout` of the exporter "a" is NaN; it must be a number of seconds above 0, at most 2147483.',
    ],
  ] as const) {
    it(title, () => {
      expect(() => deliveryOf(...exporters)).toThrow(new TelemetryError('ERR_EXPORTER', message));
    });
  }
});
