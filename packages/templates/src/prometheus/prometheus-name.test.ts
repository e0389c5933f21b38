import { createTelemetry } from '@telltale/core';
import { METRICS } from '@telltale/core/conventions';
import { prometheus } from '@telltale/exporter-prometheus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordEverything } from '../everything-in-prometheus.test-support.ts';
import type { OwnMetric } from '../target.ts';
import { prometheusLabel, prometheusName } from './prometheus-name.ts';

/** What the real exporter serves for one metric with one attribute: the names of its samples, and the label. */
async function served(
  { name, type, unit }: OwnMetric,
  key = 'a',
): Promise<{ samples: string[]; label: string | undefined }> {
  const exporter = prometheus({ prefix: 'shop', targetInfo: false });
  const telemetry = createTelemetry({
    service: { name: 'checkout' },
    exporters: [exporter],
    shutdown: { signals: false },
  });
  const attributes = { [key]: 'here' };
  if (type === 'counter') telemetry.counter(name, { unit }).add(1, attributes);
  else if (type === 'gauge') telemetry.gauge(name, { unit }).record(1, attributes);
  else telemetry.histogram(name, { unit, buckets: [1] }).record(1, attributes);
  const lines = (await exporter.render()).body.split('\n').filter((line) => line.includes('="here"'));
  await telemetry.shutdown();
  return {
    samples: lines.map((line) => line.slice(0, line.indexOf('{'))),
    label: /[{,](\w+)="here"/.exec(lines[0] ?? '')?.[1],
  };
}

describe('names in Prometheus', () => {
  it("are, for each of Telltale's own metrics and attributes, what the exporter serves", async () => {
    const exporter = prometheus({ prefix: 'shop' });
    const telemetry = createTelemetry({
      service: { name: 'checkout' },
      exporters: [exporter],
      shutdown: { signals: false },
    });
    recordEverything(telemetry);
    const lines = (await exporter.render()).body.split('\n');
    await telemetry.shutdown();
    for (const metric of METRICS) {
      const sample = `${prometheusName(metric, 'shop')}${metric.type === 'histogram' ? '_count' : ''}{`;
      const labels = metric.attributes.map((key) => `${prometheusLabel(key)}="`);
      expect(
        lines.some(
          (line) =>
            line.replace(/^(\w+) /, '$1{} ').startsWith(sample) && labels.every((label) => line.includes(label)),
        ),
        `${sample} ${labels.join(' ')}`,
      ).toBe(true);
    }
  });

  it('are what the exporter serves for whatever a service calls its own', async () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_./-]{0,20}(total|seconds|bytes)?$/);
    const unit = fc.oneof(
      fc.constantFrom(
        '',
        '1',
        's',
        'ms',
        'By',
        'By/s',
        '{order}',
        '{order}/s',
        'EUR',
        '%',
        'kBy',
        '1/min',
        'm/s',
        'total',
      ),
      fc.stringMatching(/^[a-zA-Z0-9/{}:]{0,6}$/),
    );
    const type = fc.constantFrom('counter' as const, 'gauge' as const, 'histogram' as const);
    await fc.assert(
      fc.asyncProperty(fc.record({ name, unit, type }), async (metric) => {
        const expected = prometheusName(metric, 'shop');
        expect((await served(metric)).samples).toContain(metric.type === 'histogram' ? `${expected}_count` : expected);
      }),
      { numRuns: 300 },
    );
  });

  it('of attributes are what the exporter serves', async () => {
    for (const key of ['http.route', 'a--b', '1st', '__x', 'é', 'le', 'quantile', 'A']) {
      const { label } = await served({ name: 'orders', type: 'histogram', unit: '' }, key);
      expect(label).toBe(prometheusLabel(key));
    }
  });
});
