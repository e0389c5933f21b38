import { type MetricReader, type MetricsSource, messageOf } from '@telltale/core';
import { exemplarLabelsBy } from './exemplars.ts';
import type { Families, Metadata, TargetPlan } from './families.ts';
import { familySamples } from './family-samples.ts';
import type { Format } from './format.ts';
import { escapeHelp, labelsText } from './labels.ts';
import type { MergedFamily } from './merged-registry.ts';
import { mergedSamples } from './merged-samples.ts';
import type { Naming } from './naming.ts';
import type { Output } from './output.ts';
import type { Pace } from './pace.ts';
import { metricNameText, sampleHead, sampleStart } from './sample-head.ts';
import { type SampleStyle, sample } from './samples.ts';
import { textSink } from './text-sink.ts';

/** What a scrape is made of. */
export interface DocumentInput {
  readonly source: MetricsSource;
  readonly readers: readonly MetricReader[];
  readonly merged: readonly MergedFamily[];
  readonly format: Format;
  readonly naming: Naming;
  /** Whether `_created` samples are wanted, where the format has them. */
  readonly created: boolean;
}

/** Writes a whole scrape as text. Yields when a slice is over. A metric that cannot be read is told and cut short, the others stay. */
export function* writeDocument(input: DocumentInput, families: Families, output: Output, pace: Pace): Generator<void> {
  const { source, readers, merged, format, naming } = input;
  const openMetrics = format === 'openmetrics';
  const style: SampleStyle = {
    openMetrics,
    created: openMetrics && input.created,
    exemplarLabels: exemplarLabelsBy((key) => naming.label(key)),
  };
  const plan = yield* families.plan(readers, merged, source, format, pace);
  if (plan.target) writeTarget(plan.target, output, openMetrics);
  for (const planned of plan.families) {
    const { family, metadata } = planned;
    if (output.write(metadataLines(metadata, openMetrics), false) && pace.over()) yield;
    // A family of unknown type has neither.
    const plain = { ...style, openMetrics: false, created: false };
    try {
      const sink = textSink(family, metadata.type === 'unknown' ? plain : style, output);
      yield* familySamples(planned, sink, false, pace);
    } catch (error) {
      tellIncomplete(source, metadata, error);
    }
  }
  for (const { family, metadata } of plan.merged) {
    if (output.write(metadataLines(metadata, openMetrics), false) && pace.over()) yield;
    const exemplars = openMetrics && (metadata.type === 'counter' || metadata.type === 'histogram');
    for (const text of mergedSamples(family, naming, openMetrics, exemplars)) {
      if (output.write(text, false) && (output.full || pace.over())) yield;
    }
  }
  if (openMetrics) output.write('# EOF\n', true);
}

/** A metric that failed while it was read; what was written by then is whole series. */
export function tellIncomplete(source: MetricsSource, { name }: Metadata, error: unknown): void {
  source.problem(name, `${name} is incomplete in a scrape: reading it failed: ${messageOf(error)}`);
}

function writeTarget({ metadata, labels }: TargetPlan, output: Output, openMetrics: boolean): void {
  const texts = new Set(labels.map(labelsText));
  texts.delete('');
  if (texts.size === 0) return;
  output.write(metadataLines(metadata, openMetrics), true);
  const head = sampleHead('target_info');
  for (const text of texts) output.write(sample(sampleStart(head, text), 1), false);
}

function metadataLines({ name, type, unit, help }: Metadata, openMetrics: boolean): string {
  const text = metricNameText(name);
  const helpLine = help === '' ? '' : `# HELP ${text} ${escapeHelp(help, openMetrics)}\n`;
  // OpenMetrics: the name must end in the unit.
  const hasUnit = openMetrics && unit !== '' && `_${name}`.endsWith(`_${unit}`);
  return `${helpLine}# TYPE ${text} ${type}\n${hasUnit ? `# UNIT ${text} ${unit}\n` : ''}`;
}
