import type { NumberPoint, SummaryPoint } from '@telltale/core';
import { ProtobufWriter } from '@telltale/exporter-kit';
import type { ExemplarLabels } from './exemplars.ts';
import type { Family, Metadata } from './families.ts';
import type { Naming } from './naming.ts';
import type { Output } from './output.ts';
import { FAMILY, TYPES } from './protobuf-fields.ts';
import { SeriesWriter, writeLabels } from './protobuf-series.ts';
import type { Buckets, Series, SeriesSink } from './series.ts';
import type { LabelWriting } from './series-labels.ts';

/** What has come together is put aside past this, so that making room for more stays cheap. */
const PART_BYTES = 32 * 1024;
/** The clock is looked at each time this much has come together: as many series as in 32 KB of text. */
const LOOK_BYTES = 8 * 1024;

/** The labels of a series as fields, one character a byte. */
export function protobufWriting(naming: Naming): LabelWriting {
  const writer = new ProtobufWriter(256);
  return {
    label: (key, reserved) => naming.label(key, reserved),
    text(labels) {
      writer.clear();
      writeLabels(writer, labels);
      return Buffer.from(writer.finish()).toString('latin1');
    },
  };
}

/** Writes families, each a message with its length before it: it is held until it is whole. */
export class FamilyWriter {
  readonly writer = new ProtobufWriter(2 * PART_BYTES);
  readonly series: SeriesWriter;
  private readonly output: Output;
  private parts: Uint8Array[] = [];
  private empty = 0;
  private looked = 0;

  constructor(output: Output, exemplarLabels: ExemplarLabels) {
    this.output = output;
    this.series = new SeriesWriter(this.writer, exemplarLabels);
  }

  begin({ name, type, unit, help }: Metadata): void {
    const { writer } = this;
    writer.string(FAMILY.name, name);
    if (help !== '') writer.string(FAMILY.help, help);
    writer.uint(FAMILY.type, type === 'info' ? TYPES.gauge : TYPES[type]);
    if (unit !== '') writer.string(FAMILY.unit, unit);
    this.empty = writer.length;
  }

  /** `labels` are of `protobufWriting`; `write` writes the value. True when much has come together. */
  metric(labels: string, write: (series: SeriesWriter) => void): boolean {
    const { writer } = this;
    const metric = writer.begin(FAMILY.metric);
    writer.encoded(labels);
    write(this.series);
    writer.end(metric);
    return this.putAside();
  }

  putAside(): boolean {
    const { length } = this.writer;
    if (length - this.looked < LOOK_BYTES) return false;
    this.looked = length;
    if (length < PART_BYTES) return true;
    this.parts.push(this.writer.finish());
    this.writer.clear();
    this.looked = 0;
    return true;
  }

  /** A family without series is left out. True when much has come together. */
  end(): boolean {
    const { writer, output } = this;
    if (this.parts.length === 0 && writer.length === this.empty) {
      writer.clear();
      return false;
    }
    const parts = [...this.parts, writer.finish()];
    this.parts = [];
    this.looked = 0;
    writer.clear();
    let more = output.append(varint(parts.reduce((sum, part) => sum + part.length, 0)));
    for (const part of parts) more = output.append(part) || more;
    return more;
  }
}

/** Puts the series of a family into its message. */
export class ProtobufSink implements SeriesSink {
  readonly full = false;
  private readonly families: FamilyWriter;
  private readonly type: Metadata['type'];

  constructor(families: FamilyWriter, family: Family) {
    this.families = families;
    this.type = family.name.type;
  }

  write(labels: string, series: Series): boolean {
    const { writer, series: values } = this.families;
    const metric = writer.begin(FAMILY.metric);
    writer.encoded(labels);
    if (this.type === 'counter') values.counter(series as NumberPoint);
    else if (this.type === 'gauge') values.gauge((series as NumberPoint).value);
    else if (this.type === 'summary') values.summary(series as SummaryPoint);
    else if ('classic' in series) values.nativeHistogram(series);
    else values.histogram(series as Buckets);
    writer.end(metric);
    return this.families.putAside();
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
