import { type MetricReader, type MetricsSource, messageOf } from '@telltale/core';
import type { Families, Metadata, Plan } from './families.ts';
import { familySamples } from './family-samples.ts';
import { escapeHelp, formatLabels } from './labels.ts';
import type { MergedFamily } from './merged-registry.ts';
import { mergedSamples } from './merged-samples.ts';
import type { Output } from './output.ts';
import type { Pace } from './pace.ts';
import { type Format, type SampleStyle, sample, sampleStart } from './samples.ts';

/** What a scrape is made of. */
export interface DocumentInput {
  readonly source: MetricsSource;
  readonly readers: readonly MetricReader[];
  readonly merged: readonly MergedFamily[];
  readonly format: Format;
  /** Whether `_created` samples are wanted, where the format has them. */
  readonly created: boolean;
}

/** Writes a whole scrape. Yields when a slice is over. A metric that cannot be read is told and cut short, the others stay. */
export function* writeDocument(input: DocumentInput, families: Families, output: Output, pace: Pace): Generator<void> {
  const { source, readers, merged, format } = input;
  const openMetrics = format === 'openmetrics';
  const style: SampleStyle = { openMetrics, created: openMetrics && input.created };
  const plan = yield* families.plan(readers, merged, source, format, pace);
  if (plan.target) writeTarget(plan.target, output, openMetrics);
  for (const planned of plan.families) {
    if (output.write(metadataLines(planned.metadata, openMetrics), false) && pace.over()) yield;
    try {
      const degraded = planned.metadata.type === 'unknown';
      yield* familySamples(planned, output, degraded ? { ...style, created: false } : style, pace);
    } catch (error) {
      const { name } = planned.metadata;
      source.problem(name, `${name} is incomplete in a scrape: reading it failed: ${messageOf(error)}`);
    }
  }
  for (const { family, metadata } of plan.merged) {
    if (output.write(metadataLines(metadata, openMetrics), false) && pace.over()) yield;
    const exemplars = openMetrics && (metadata.type === 'counter' || metadata.type === 'histogram');
    for (const text of mergedSamples(family, openMetrics, exemplars)) {
      if (output.write(text, false) && (output.full || pace.over())) yield;
    }
  }
  if (openMetrics) output.write('# EOF\n', true);
}

function writeTarget({ metadata, resources }: NonNullable<Plan['target']>, output: Output, openMetrics: boolean): void {
  const labels = new Set(resources.map((resource) => formatLabels(resource.attributes)));
  labels.delete('');
  if (labels.size === 0) return;
  output.write(metadataLines(metadata, openMetrics), true);
  for (const text of labels) output.write(sample(sampleStart('target_info', text), 1), false);
}

function metadataLines({ name, type, unit, help }: Metadata, openMetrics: boolean): string {
  const helpLine = help === '' ? '' : `# HELP ${name} ${escapeHelp(help, openMetrics)}\n`;
  const unitLine = openMetrics && unit !== '' ? `# UNIT ${name} ${unit}\n` : '';
  return `${helpLine}# TYPE ${name} ${type}\n${unitLine}`;
}
