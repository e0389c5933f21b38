import { type HistogramPoint, type NumberPoint, scopeKey } from '@telltale/core';
import { sampleSnapshot } from '@telltale/testing';
import { Unpackr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { decodeMetric, encodeMetric } from './metric-codec.ts';
import { decodePoint, encodePoint } from './point-codec.ts';
import { packMessage } from './wire.ts';

/** Over the socket and back. */
function sent(value: unknown): unknown {
  const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });
  return (unpackr.unpack(packMessage(['points', value])) as readonly unknown[])[1];
}

describe('what a process tells of its metrics', () => {
  it.each(sampleSnapshot().metrics.map((metric) => [metric.name, metric] as const))(
    'comes out as it went in: %s',
    (_, metric) => {
      const boundaries = metric.type === 'histogram' ? metric.boundaries : [];
      for (const [i, point] of metric.points.entries()) {
        const encoded = sent(encodePoint(metric.type, i, point)) as readonly unknown[];
        expect(decodePoint(metric.type, boundaries, point.attributes, encoded)).toEqual(point);
      }
    },
  );

  it('has exemplars with and without ids, with what a view left out, and none where there are none', () => {
    const exemplars = [
      { value: 1, time: 2, traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
      { value: 3, time: 4 },
      { value: 5, time: 6, filteredAttributes: { 'user.id': 'u', tries: 2, new: true } },
    ];
    const shared = { attributes: {}, startTime: 1, time: 9 };
    const number: NumberPoint = { ...shared, value: 7, exemplars };
    expect(decodePoint('gauge', [], {}, sent(encodePoint('gauge', 0, number)) as unknown[])).toEqual(number);
    const histogram: HistogramPoint = { ...shared, count: 3, sum: 9, min: 1, max: 5, counts: [3], exemplars };
    expect(decodePoint('histogram', [], {}, sent(encodePoint('histogram', 0, histogram)) as unknown[])).toEqual(
      histogram,
    );
    const bare = decodePoint('counter', [], {}, sent(encodePoint('counter', 0, { ...shared, value: 7 })) as unknown[]);
    expect(bare).not.toHaveProperty('exemplars');
  });

  it('has the scope with all that tells it from others', () => {
    const [metric] = sampleSnapshot().metrics;
    if (metric === undefined) throw new Error('there are no samples');
    for (const more of [{}, { schemaUrl: 'https://opentelemetry.io/schemas/1.37.0' }, { attributes: { shard: 2 } }]) {
      const scope = { ...metric.scope, ...more };
      const { head } = decodeMetric(sent(encodeMetric(0, { ...metric, scope })));
      expect(head.scope).toEqual(scope);
      expect(scopeKey(head.scope)).toBe(scopeKey(scope));
      expect(scopeKey(scope) === scopeKey(metric.scope)).toBe(Object.keys(more).length === 0);
    }
  });
});
