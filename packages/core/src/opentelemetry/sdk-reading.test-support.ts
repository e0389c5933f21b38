import { onTestFinished } from 'vitest';
import type { CollectionResult, MetricProducer } from '../index.ts';
import type { Sdk } from './sdk-versions.test-support.ts';

type Metrics = Sdk['metrics'];
export type SdkExporter = InstanceType<Metrics['InMemoryMetricExporter']>;
type Data = ReturnType<SdkExporter['getMetrics']>[number]['scopeMetrics'][number]['metrics'][number];

export const CUMULATIVE = 1;
export const DELTA = 0;

/** A reader of the SDK that exports into memory when it is asked to, with this producer as its only one. */
export function readerOf({ metrics }: Sdk, producer: MetricProducer, temporality: 0 | 1 = CUMULATIVE) {
  const exporter = new metrics.InMemoryMetricExporter(temporality);
  const reader = new metrics.PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 86_400_000 });
  reader.setMetricProducer(producer);
  onTestFinished(() => reader.shutdown());
  return { reader, exporter };
}

/** What was exported last, without Telltale's own metrics. */
export function lastOf(exporter: SdkExporter): Data[] {
  const all =
    exporter
      .getMetrics()
      .at(-1)
      ?.scopeMetrics.flatMap(({ metrics }) => metrics) ?? [];
  return all.filter(({ descriptor }) => !descriptor.name.startsWith('telltale.'));
}

/** `orders{plan=pro}` → 3: of each series its value, or how many values it has. */
export function valuesOf(metrics: readonly Data[]): Record<string, number> {
  return Object.fromEntries(
    metrics.flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ attributes, value }) => {
        const labels = Object.entries(attributes).map(([key, text]) => `${key}=${String(text)}`);
        return [`${descriptor.name}{${labels.join(',')}}`, typeof value === 'number' ? value : value.count];
      }),
    ),
  );
}

/** The same of what a producer gave. */
export function collectedOf({ resourceMetrics }: CollectionResult): Record<string, number> {
  const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics) as Data[];
  return valuesOf(metrics.filter(({ descriptor }) => !descriptor.name.startsWith('telltale.')));
}
