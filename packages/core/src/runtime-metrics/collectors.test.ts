import type { Meter } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { seriesOf, testTelemetry } from '../telemetry.test-support.ts';
import { Collectors } from './collectors.ts';

/** A meter whose instruments count how often they are asked: those of `slow` are good for ten seconds, others for one. */
function counted() {
  const { telemetry, clock, problems } = testTelemetry();
  const collectors = new Collectors(telemetry.meterProvider, {
    clock,
    age: (name) => (name.startsWith('slow') ? 10 : 1),
    ownTotals: false,
  });
  const meter: Meter = collectors.getMeter('library');
  const asked = { quick: 0, slow: 0 };
  meter.createObservableGauge('quick').addCallback((result) => result.observe(++asked.quick));
  const [slow, other] = [meter.createObservableGauge('slow'), meter.createObservableCounter('slow.total')];
  meter.addBatchObservableCallback(
    (result) => {
      result.observe(slow, ++asked.slow);
      result.observe(slow, Number.NaN, { of: 'no time' });
      result.observe(other, asked.slow * 10);
    },
    [slow, other],
  );
  const read = async (name: string): Promise<number | undefined> => {
    telemetry.snapshot();
    // What is asked anew is there a moment later.
    await new Promise((resolve) => setImmediate(resolve));
    return seriesOf(telemetry, name)['{}'];
  };
  return { telemetry, clock, problems, collectors, meter, read };
}

it('asks a collector once however many exporters read, and anew once what it told is too old', async () => {
  const { collectors, clock, read, problems } = counted();
  collectors.collect(true);
  expect([await read('quick'), await read('quick'), await read('slow'), await read('slow.total')]).toEqual([
    1, 1, 1, 10,
  ]);
  clock.advance(2);
  expect([await read('quick'), await read('slow'), await read('slow.total')]).toEqual([2, 1, 10]);
  clock.advance(10);
  expect([await read('quick'), await read('slow'), await read('slow.total')]).toEqual([3, 2, 20]);
  expect(problems).toEqual([]);
});

it('asks nothing while it is off, and then has no series', async () => {
  const { collectors, clock, read, telemetry } = counted();
  expect(await read('quick')).toBeUndefined();
  collectors.collect(true);
  expect(await read('quick')).toBe(1);
  collectors.collect(false);
  clock.advance(60);
  expect([await read('quick'), await read('slow')]).toEqual([undefined, undefined]);
  collectors.collect(true);
  expect(await read('quick')).toBe(2);
  expect(seriesOf(telemetry, 'slow')).toEqual({ '{}': 2 });
});

it('leaves out what was asked before it was put off and answered after', async () => {
  const { collectors, telemetry, meter } = counted();
  const answer = Promise.withResolvers<void>();
  meter.createObservableGauge('late').addCallback(async (result) => {
    await answer.promise;
    result.observe(1);
  });
  collectors.collect(true);
  telemetry.snapshot();
  collectors.collect(false);
  answer.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(seriesOf(telemetry, 'late')).toEqual({});
});

it('hands on what is no observable as it is', () => {
  const { collectors, telemetry } = counted();
  const meter = collectors.getMeter('library', '1.0');
  meter.createCounter('calls').add(2);
  meter.createUpDownCounter('open').add(-1);
  meter.createGauge('heat').record(3);
  meter.createHistogram('time').record(4);
  expect(['calls', 'open', 'heat', 'time'].map((name) => seriesOf(telemetry, name))).toEqual([
    { '{}': 2 },
    { '{}': -1 },
    { '{}': 3 },
    { '{}': 1 },
  ]);
});
