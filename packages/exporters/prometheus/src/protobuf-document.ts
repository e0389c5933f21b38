import { type DocumentInput, tellIncomplete } from './document.ts';
import { exemplarLabelsBy } from './exemplars.ts';
import type { Families, PlannedFamily } from './families.ts';
import { familySamples } from './family-samples.ts';
import { writeMerged } from './merged-protobuf.ts';
import type { Output } from './output.ts';
import type { Pace } from './pace.ts';
import { FamilyWriter, ProtobufSink, protobufWriting } from './protobuf-sink.ts';

/**
 * Writes a whole scrape as messages `io.prometheus.client.MetricFamily` with their lengths. Yields when a slice is over. A metric that cannot be
 * read is told and cut short, the others stay.
 */
export function* writeProtobuf(input: DocumentInput, families: Families, output: Output, pace: Pace): Generator<void> {
  const { source, readers, merged, format, naming } = input;
  const plan = yield* families.plan(readers, merged, source, format, pace);
  const exemplarLabels = exemplarLabelsBy((key) => naming.label(key));
  const writer = new FamilyWriter(output, exemplarLabels);
  const { text } = protobufWriting(naming);
  if (plan.target) {
    const targets = new Set(plan.target.labels.map(text));
    targets.delete('');
    if (targets.size > 0) {
      writer.begin(plan.target.metadata);
      for (const labels of targets) writer.metric(labels, (series) => series.gauge(1));
      writer.end();
    }
  }
  for (const planned of plan.families) {
    writer.begin(planned.metadata);
    try {
      yield* familySamples(planned, new ProtobufSink(writer, planned.family), isNative(planned), pace);
    } catch (error) {
      tellIncomplete(source, planned.metadata, error);
    }
    if (writer.end() && (output.full || pace.over())) yield;
  }
  for (const { family, metadata } of plan.merged) {
    writer.begin(metadata);
    for (const much of writeMerged(family, naming, writer, text)) if (much && pace.over()) yield;
    if (writer.end() && (output.full || pace.over())) yield;
  }
}

/** All series of a family or none: Prometheus tells by the first. */
function isNative({ readers }: PlannedFamily): boolean {
  return readers.every(({ reader }) => reader.type === 'exponentialHistogram');
}
