import { describe, expect, it } from 'vitest';
import { attributesOf, counter, gauge, resource, snapshotOf, spanOf } from './samples.test-support.ts';
import { METRICS_FORM, SPANS_FORM } from './spool-form.ts';
import { SpooledOrigins } from './spooled-origins.ts';

const exemplars = [
  { value: 1, time: 2, traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
  { value: 3, time: 4, filteredAttributes: { 'user.id': 'u' } },
];
const scopes = [
  { name: 'test' },
  { name: 'test', attributes: { shard: 1 } },
  { name: 'test', attributes: { shard: 2 } },
];

describe('what comes back from a spool', () => {
  it('has the exemplars of numbers, and scopes apart by their attributes, all of it frozen', async () => {
    const point = { attributes: attributesOf({ plan: 'pro' }), startTime: 0, time: 10, value: 5, exemplars };
    const given = snapshotOf(
      10,
      ...scopes.map((scope) => ({ ...counter('orders', [point]), scope })),
      gauge('g', [point]),
    );
    const parts = structuredClone([...METRICS_FORM.parts(given)]);
    const loaded = await METRICS_FORM.load(parts, new SpooledOrigins(resource));
    expect(loaded).toEqual(given);
    for (const { scope, points } of loaded.metrics) {
      expect(Object.isFrozen(scope.attributes ?? scope)).toBe(true);
      const [one] = points;
      const kept = one !== undefined && 'exemplars' in one ? one.exemplars : [];
      expect(kept?.every((exemplar) => Object.isFrozen(exemplar.filteredAttributes ?? exemplar))).toBe(true);
    }
  });

  it('has one object for scopes that are alike', async () => {
    const given = [...scopes, ...scopes].map((scope) => spanOf('work', { scope: structuredClone(scope) }));
    const parts = structuredClone([...SPANS_FORM.parts(given)]);
    const spans = await SPANS_FORM.load(parts, new SpooledOrigins(resource));
    expect(spans.map(({ scope }) => scope)).toEqual([...scopes, ...scopes]);
    expect(new Set(spans.map(({ scope }) => scope)).size).toBe(scopes.length);
  });
});
