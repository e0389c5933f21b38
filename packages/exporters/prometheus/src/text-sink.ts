import type { Family } from './families.ts';
import { labelsText } from './labels.ts';
import type { PrometheusName } from './names.ts';
import type { Naming } from './naming.ts';
import type { Output } from './output.ts';
import { sampleHead, sampleStart } from './sample-head.ts';
import { counterText, gaugeText, histogramText, type SampleStyle, type SeriesText, summaryText } from './samples.ts';
import type { Series, SeriesSink } from './series.ts';
import type { LabelWriting } from './series-labels.ts';

/** Where a series is one sample, the name of the samples is put before the labels at once. */
export function textWriting({ type, sample }: PrometheusName, naming: Naming): LabelWriting {
  const head = type === 'counter' || type === 'gauge' ? sampleHead(sample) : undefined;
  return {
    label: (key, reserved) => naming.label(key, reserved),
    text: (labels) => (head === undefined ? labelsText(labels) : sampleStart(head, labelsText(labels))),
  };
}

/** Writes the series of a family as lines of text. */
export function textSink({ name, labels: known }: Family, style: SampleStyle, output: Output): SeriesSink {
  const text = textOf(name, style) as SeriesText<Series>;
  return {
    write: (labels, series) => output.write(text(labels, series), known.ascii),
    get full() {
      return output.full;
    },
  };
}

/** A family has series of its own type only. */
function textOf(name: PrometheusName, style: SampleStyle): SeriesText<never> {
  switch (name.type) {
    case 'counter':
      return counterText(name, style);
    case 'gauge':
      return gaugeText();
    case 'summary':
      return summaryText(name, style);
    case 'histogram':
      return histogramText(name, style);
  }
}
