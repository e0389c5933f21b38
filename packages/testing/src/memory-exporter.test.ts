import type { ExportContext } from '@telltale/core';
import { describe, expect, it } from 'vitest';
import { exporterSuite, memoryExporter, sampleEvents, sampleResource, sampleSnapshot, sampleSpans } from './index.ts';

const context: ExportContext = { signal: new AbortController().signal, resource: sampleResource, accepted: () => {} };

for (const temporality of ['cumulative', 'delta'] as const) {
  exporterSuite({
    name: `the memory exporter (${temporality})`,
    kind: 'push',
    signals: ['metrics', 'spans', 'events'],
    network: false,
    partial: false,
    attributes: 'exact',
    create: async () => {
      const exporter = memoryExporter({ temporality });
      return {
        exporter,
        received: async () => ({
          metrics: (exporter.snapshots.at(-1)?.metrics ?? []).flatMap(({ name, points }) =>
            points.map((point) => ({
              name,
              attributes: point.attributes,
              ...('value' in point && { value: point.value }),
            })),
          ),
          spans: exporter.spans,
          events: exporter.events,
        }),
      };
    },
  });
}

describe('the memory exporter', () => {
  it('reads values back', async () => {
    const exporter = memoryExporter();
    await exporter.exportMetrics?.(sampleSnapshot(), context);
    expect(exporter.value('sample.orders', { plan: 'pro' })).toBe(42);
    expect(exporter.value('sample.orders')).toBe(42.5);
    expect(exporter.value('sample.duration', { 'http.route': '/orders/:id' })).toBe(6);
    expect(exporter.value('sample.price', { plan: 'pro', gone: undefined })).toBe(3);
    expect(exporter.value('sample.orders', { plan: 'other' })).toBeUndefined();
    expect(exporter.value('unknown')).toBeUndefined();
    expect(exporter.metric('sample.temperature')?.type).toBe('gauge');
    expect(() => exporter.value('sample.temperature')).toThrow(
      'The gauge "sample.temperature" has 4 series with these attributes; name more attributes.',
    );
  });

  it('adds differences up', async () => {
    const exporter = memoryExporter({ temporality: 'delta' });
    await exporter.exportMetrics?.(sampleSnapshot({ temporality: 'delta' }), context);
    await exporter.exportMetrics?.(sampleSnapshot({ temporality: 'delta' }), context);
    expect(exporter.value('sample.orders', { plan: 'pro' })).toBe(84);
    expect(exporter.value('sample.active', { state: 'waiting' })).toBe(3);
  });

  it('fails as often as it is told to', async () => {
    const exporter = memoryExporter({ name: 'flaky' });
    exporter.fail(2);
    await expect(exporter.exportSpans?.(sampleSpans(), context)).rejects.toThrow('was told to fail');
    await expect(exporter.exportEvents?.(sampleEvents(), context)).rejects.toThrow('was told to fail');
    await exporter.exportSpans?.(sampleSpans(), context);
    exporter.fail(new Error('503'));
    await expect(exporter.exportSpans?.(sampleSpans(), context)).rejects.toThrow('503');
    await exporter.exportSpans?.(sampleSpans(), context);
    expect(exporter.spans).toHaveLength(2 * sampleSpans().length);
    exporter.fail(Number.POSITIVE_INFINITY);
    exporter.reset();
    await exporter.exportSpans?.(sampleSpans(), context);
    expect([exporter.name, exporter.spans.length, exporter.events.length]).toEqual(['flaky', sampleSpans().length, 0]);
  });

  it('keeps the last of what it is handed, in bounds', async () => {
    const exporter = memoryExporter();
    for (let i = 0; i < 1010; i++) await exporter.exportMetrics?.({ ...sampleSnapshot(), time: i }, context);
    expect([exporter.snapshots.length, exporter.snapshots[0]?.time]).toEqual([1000, 10]);
    const spans = Array.from({ length: 6000 }, (_, i) => ({ ...sampleSpans()[0]!, name: String(i) }));
    await exporter.exportSpans?.(spans, context);
    await exporter.exportSpans?.(spans, context);
    expect([exporter.spans.length, exporter.spans[0]?.name]).toEqual([10_000, '2000']);
  });
});
