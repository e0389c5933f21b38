import { describe, expect, it, vi } from 'vitest';
import type { OperationEvent } from '../index.ts';
import { allSeriesOf, testTelemetry, tracedTelemetry } from '../telemetry.test-support.ts';

const MOMENTS = ['start', 'progress', 'chunk', 'error', 'end'] as const;

describe('a listener', () => {
  it('is told of every moment of an operation, with frozen plain data', () => {
    const { telemetry, clock } = tracedTelemetry({ attributes: { team: 'a' } });
    const told: OperationEvent[] = [];
    for (const moment of MOMENTS) telemetry.on(moment, (event) => told.push(event));
    const work = (): never => {
      throw new Error('no');
    };
    expect(() =>
      telemetry.job('etl', { queue: 'q', attributes: { list: ['x'], object: {} as never } }, (job) => {
        clock.advance(1);
        job.progress(1, 4);
        job.chunk(0.5);
        clock.advance(1);
        work();
      }),
    ).toThrow('no');
    expect(
      told.map(({ type, duration, value, outcome, error }) => [type, duration, value, outcome, error?.message]),
    ).toEqual([
      ['start', 0, undefined, undefined, undefined],
      ['progress', 1, 0.25, undefined, undefined],
      ['chunk', 1, 0.5, undefined, undefined],
      ['error', 2, undefined, 'failed', 'no'],
      ['end', 2, undefined, 'failed', 'no'],
    ]);
    for (const event of told) {
      expect(event.startTime).toBe(1_700_000_000);
      expect(event.traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(event.attributes).toMatchObject({ team: 'a', list: '["x"]' });
      expect(event.attributes).not.toHaveProperty('object');
      expect([event, event.attributes].every(Object.isFrozen)).toBe(true);
    }
  });

  it('that throws or rejects harms neither the operation nor other listeners, and is told of once', async () => {
    const { telemetry, problems, events } = testTelemetry();
    const other = vi.fn();
    telemetry.on('start', () => {
      throw new Error('sync');
    });
    telemetry.on('end', async () => {
      throw new Error('async');
    });
    telemetry.on('start', other);
    for (let round = 0; round < 3; round++) expect(telemetry.job('etl', () => 5)).toBe(5);
    await new Promise((resolve) => setImmediate(resolve));
    expect(other).toHaveBeenCalledTimes(3);
    expect(events).toHaveLength(3);
    expect(problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'ERR_LISTENER A listener for "start" failed (sync); the operation was not disturbed. Catch errors in the listener.',
      'ERR_LISTENER A listener for "end" failed (async); the operation was not disturbed. Catch errors in the listener.',
    ]);
    expect(telemetry.health().problems).toEqual({ ERR_LISTENER: 6 });
  });

  it('can tell operations of one name apart', () => {
    const { telemetry } = testTelemetry();
    const identities: object[] = [];
    for (const moment of MOMENTS) telemetry.on(moment, (_event, identity) => identities.push(identity));
    const [first, second] = [telemetry.job('j', { queue: 'q' }), telemetry.job('j', { queue: 'q' })];
    first.progress(1, 2);
    second.end('completed');
    first.end('completed');
    const [a, b] = identities;
    expect(identities.map((identity) => [a, b].indexOf(identity))).toEqual([0, 1, 0, 1, 0]);
    expect(a).not.toBe(b);
  });

  it('is taken off by the function it got, as often as it was put on', () => {
    const { telemetry } = testTelemetry();
    const listener = vi.fn();
    const [first, second] = [telemetry.on('start', listener), telemetry.on('start', listener)];
    telemetry.job('j', () => {});
    expect(listener).toHaveBeenCalledTimes(2);
    first();
    first();
    telemetry.job('j', () => {});
    expect(listener).toHaveBeenCalledTimes(3);
    second();
    telemetry.job('j', () => {});
    expect(listener).toHaveBeenCalledTimes(3);
  });
});

describe('what is switched off', () => {
  it('is not observed, and its work runs all the same', async () => {
    const { telemetry, events, finished } = tracedTelemetry({ operations: { disable: ['job', 'task'] } });
    expect(telemetry.observes('job')).toBe(false);
    expect(telemetry.observes('boundary')).toBe(true);
    expect(telemetry.job('j', (job) => job.progress(1, 2))).toBeUndefined();
    telemetry.queue('q').enqueued('j');
    const pool = telemetry.workerPool('p', { size: 1 });
    expect(pool.task('t', () => 7)).toBe(7);
    telemetry.boundary({ to: 'a', operation: 'b' }, () => {});
    expect(Object.keys(allSeriesOf(telemetry)).map((key) => key.split('{')[0])).toEqual([
      'boundary.active_calls',
      'boundary.call.duration',
    ]);
    expect(events.map(({ kind }) => kind)).toEqual(['boundary']);
    expect((await finished()).map(({ name }) => name)).toEqual(['a b']);
  });

  it('leaves the rest, signal by signal', async () => {
    const exported: string[] = [];
    const exporter = {
      name: 'all',
      exportMetrics: async () => {
        exported.push('metrics');
      },
      exportSpans: async () => {
        exported.push('spans');
      },
      exportEvents: async () => {
        exported.push('events');
      },
    };
    for (const signals of [{ metrics: false }, { spans: false }, { events: false }, {}]) {
      const { telemetry } = testTelemetry({ exporters: [exporter], signals });
      telemetry.job('j', (job) => expect(job.span === undefined).toBe('spans' in signals));
      exported.length = 0;
      await telemetry.flush();
      const all = ['metrics', 'spans', 'events'];
      expect(exported.toSorted()).toEqual(all.filter((signal) => !(signal in signals)).toSorted());
    }
  });

  it('is told of a failure by something that has no text', async () => {
    const { telemetry, events } = testTelemetry();
    const nothing: unknown = Object.create(null);
    await expect(telemetry.job('j', { queue: 'q' }, () => Promise.reject(nothing))).rejects.toBe(nothing);
    expect(events.at(-1)).toMatchObject({ type: 'end', outcome: 'failed', error: { type: '_OTHER' } });
  });
});
