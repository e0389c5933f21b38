import type { CounterMetric, Metric, MetricsSnapshot, SeriesAttributes } from '@telltale/core';
import { expect, it } from 'vitest';
import {
  type ExporterSuiteOptions,
  type ExporterUnderTest,
  hand,
  type Received,
  withExporter,
} from './exporter-under-test.ts';
import { nastyAttributes } from './nasty-attributes.ts';
import { emptySnapshot, sampleSnapshot } from './sample-snapshot.ts';

/** What holds for metrics, whether they are sent or served. */
export function metricsTests(options: ExporterSuiteOptions): void {
  const { kind, leavesOut = [], metricName = (metric: Metric) => metric.name } = options;
  const { attributeName = (key: string) => key, attributeValue = (value: unknown) => value } = options;
  const test = (title: string, run: (subject: ExporterUnderTest) => Promise<void>): void =>
    it(title, withExporter(options, run));
  const sample = ({ exporter }: ExporterUnderTest): MetricsSnapshot =>
    sampleSnapshot({ temporality: exporter.temporality ?? 'cumulative' });
  const handed = async (subject: ExporterUnderTest): Promise<Received> => {
    await hand(subject, kind, () => sample(subject));
    return subject.received();
  };
  const spelt = (attributes: SeriesAttributes): Record<string, unknown> =>
    Object.fromEntries(Object.entries(attributes).map(([key, value]) => [attributeName(key), attributeValue(value)]));

  for (const { type, name } of sampleSnapshot().metrics.filter(unlessSameType)) {
    const takes = !leavesOut.includes(type);
    test(`${takes ? 'takes' : 'leaves out'} metrics of type ${type}`, async (subject) => {
      const received = await handed(subject);
      const metric = sampleSnapshot().metrics.find((one) => one.name === name) as Metric;
      const names = received.metrics.map((series) => series.name);
      if (takes) expect(names).toContain(metricName(metric));
      else expect(names).not.toContain(metricName(metric));
    });
  }

  test('keeps the numbers of counters, up-down counters and gauges', async (subject) => {
    const received = await handed(subject);
    for (const metric of sample(subject).metrics) {
      if (!hasValues(metric) || leavesOut.includes(metric.type) || metric.name === 'sample.nasty') continue;
      for (const { attributes, value } of metric.points) {
        // No backend but Prometheus knows what is not a number.
        if (!Number.isFinite(value)) continue;
        const wanted = { name: metricName(metric), attributes: expect.objectContaining(spelt(attributes)), value };
        expect(received.metrics).toContainEqual(expect.objectContaining(wanted));
      }
    }
  });

  const nasty = sampleSnapshot().metrics.find(({ name }) => name === 'sample.nasty') as CounterMetric;
  if (options.attributes === 'exact') {
    for (const [i, attributes] of nastyAttributes().entries()) {
      test(`keeps attributes with ${attributes.case} as they are`, async (subject) => {
        const received = await handed(subject);
        const series = received.metrics.find(({ name, value }) => name === metricName(nasty) && value === i + 1);
        // Not toMatchObject, which does not see the key `__proto__`.
        expect(Object.entries(series?.attributes ?? {})).toEqual(
          expect.arrayContaining(Object.entries(spelt(attributes))),
        );
      });
    }
  } else {
    test('gives each series with attributes it must clean a place of its own', async (subject) => {
      const received = await handed(subject);
      const series = received.metrics.filter(({ name }) => name === metricName(nasty));
      expect(new Set(series.map(({ value }) => value))).toEqual(new Set(nasty.points.map(({ value }) => value)));
    });
  }

  test('takes a service that recorded nothing', async (subject) => {
    await hand(subject, kind, emptySnapshot);
    expect((await subject.received()).metrics).toEqual([]);
  });

  if (kind === 'pull') {
    test('serves what is true now, each time', async (subject) => {
      let snapshot = emptySnapshot();
      await hand(subject, kind, () => snapshot);
      expect((await subject.received()).metrics).toEqual([]);
      snapshot = sampleSnapshot();
      expect((await subject.received()).metrics).not.toEqual([]);
    });
  }
}

function hasValues(
  metric: Metric,
): metric is Extract<Metric, { readonly points: readonly { readonly value: number }[] }> {
  return metric.type === 'counter' || metric.type === 'upDownCounter' || metric.type === 'gauge';
}

/** One metric of each type is enough for the titles. */
function unlessSameType(metric: Metric, i: number, all: readonly Metric[]): boolean {
  return all.findIndex(({ type }) => type === metric.type) === i;
}
