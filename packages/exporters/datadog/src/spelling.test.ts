import type { CounterMetric, SeriesAttributes } from '@telltale/core';
import { contextOf, sampleResource } from '@telltale/testing';
import { openDatadogBackend } from '@telltale-internal/backends';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { datadog } from './index.ts';

const shared = { description: '', unit: '', scope: { name: 'test', version: '1' }, resource: sampleResource };

function counterOf(name: string, sets: readonly SeriesAttributes[]): CounterMetric {
  const times = { startTime: 1_700_000_000, time: 1_700_000_060 };
  const points = sets.map((attributes, i) => ({ attributes: { ...attributes }, ...times, value: i + 1 }));
  return { ...shared, name, type: 'counter', temporality: 'delta', points };
}

/** Any code points, halves of surrogate pairs among them; every other one is ASCII. */
function text(minLength: number, maxLength: number): fc.Arbitrary<string> {
  const codePoint = fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0, max: 0x10ffff }));
  return fc.array(codePoint, { minLength, maxLength }).map((points) => String.fromCodePoint(...points));
}

it('any names and attributes are taken, and no two series become one', async () => {
  const value = fc.oneof(text(0, 300), fc.integer(), fc.boolean());
  const set = fc.dictionary(text(1, 8), value, { maxKeys: 3 });
  const sets = fc.uniqueArray(set, {
    minLength: 1,
    maxLength: 12,
    selector: (one) => JSON.stringify(Object.entries(one).sort()),
  });
  const backend = await openDatadogBackend();
  const exporter = datadog({ apiKey: 'test-key', endpoint: backend.url });
  await fc.assert(
    fc.asyncProperty(text(1, 250), sets, async (name, some) => {
      const before = backend.series.length;
      const snapshot = { time: 1_700_000_060, resource: sampleResource, metrics: [counterOf(name, some)] };
      await exporter.exportMetrics?.(snapshot, contextOf());
      const sent = backend.series.slice(before);
      expect(backend.server.complaints).toEqual([]);
      expect(new Set(sent.map(({ metric, tags }) => JSON.stringify([metric, [...tags].sort()]))).size).toBe(
        some.length,
      );
    }),
    { numRuns: 100 },
  );
  await exporter.shutdown?.();
  await backend.close();
});

it('metrics whose names become one stay apart, too', async () => {
  const backend = await openDatadogBackend();
  const exporter = datadog({ apiKey: 'test-key', endpoint: backend.url });
  const metrics = [counterOf('cache hits', [{ plan: 'pro' }]), counterOf('cache-hits', [{ plan: 'pro' }])];
  await exporter.exportMetrics?.({ time: 1_700_000_060, resource: sampleResource, metrics }, contextOf());
  await exporter.shutdown?.();
  await backend.close();
  expect(backend.series.map(({ metric, tags }) => [metric, tags.filter((tag) => tag.startsWith('clash'))])).toEqual([
    ['cache_hits', []],
    ['cache_hits', [expect.stringMatching(/^clash:[0-9a-f]{8}$/)]],
  ]);
});
