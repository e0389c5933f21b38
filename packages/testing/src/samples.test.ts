import { describe, expect, it } from 'vitest';
import { emptySnapshot, nastyAttributes, sampleEvents, sampleSnapshot, sampleSpans, sourceOf } from './index.ts';

describe('the samples', () => {
  it('have every type of metric, sorted by name as in a real snapshot', () => {
    const { metrics } = sampleSnapshot();
    expect(new Set(metrics.map(({ type }) => type))).toEqual(
      new Set(['counter', 'upDownCounter', 'gauge', 'histogram', 'exponentialHistogram', 'summary']),
    );
    expect(metrics.map(({ name }) => name)).toEqual(metrics.map(({ name }) => name).sort());
  });

  it('add up', () => {
    for (const metric of sampleSnapshot().metrics) {
      for (const point of metric.points) {
        if ('counts' in point) expect(sum(point.counts)).toBe(point.count);
        if ('scale' in point)
          expect(sum(point.positive.counts) + sum(point.negative.counts) + point.zeroCount).toBe(point.count);
      }
    }
  });

  it('are deeply frozen', () => {
    for (const sample of [sampleSnapshot(), sampleSpans(), sampleEvents(), emptySnapshot(), nastyAttributes()]) {
      expect(isDeeplyFrozen(sample)).toBe(true);
    }
  });

  it('have no minimum and maximum, and no series without change, as differences', () => {
    const { metrics } = sampleSnapshot({ temporality: 'delta' });
    expect(metrics.filter(({ temporality }) => temporality === 'cumulative').map(({ type }) => type)).toEqual([
      'upDownCounter',
      'gauge',
    ]);
    for (const { points } of metrics) {
      for (const point of points) {
        if ('min' in point) expect([point.min, point.max, point.count > 0]).toEqual([undefined, undefined, true]);
      }
    }
  });

  it('have keys that are dangerous in careless hands', () => {
    expect(nastyAttributes().some((attributes) => Object.hasOwn(attributes, '__proto__'))).toBe(true);
  });

  it('can be read one by one, as an exporter that serves reads', async () => {
    const source = sourceOf(sampleSnapshot);
    const readers = await source.open();
    expect(readers.map(({ read, size, ...descriptor }) => ({ ...descriptor, points: [...read()] }))).toEqual(
      sampleSnapshot().metrics,
    );
    source.problem('subject', 'message');
    expect(source.problems).toEqual(['message']);
  });
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}
