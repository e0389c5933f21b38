import { ProtobufWriter } from '@telltale/exporter-kit';
import snappy from 'snappyjs';
import { encodeSample } from './encode-sample.ts';
import { METRIC_TYPES } from './encode-write-request.ts';
import type { Label, RemoteExemplar, RemotePoint, RemoteSeries } from './remote-series.ts';

// Field numbers of io/prometheus/write/v2/types.proto.
const REQUEST = { symbols: 4, timeseries: 5 } as const;
const SERIES = { labels: 1, samples: 2, histograms: 3, exemplars: 4, metadata: 5 } as const;
const EXEMPLAR = { labels: 1, value: 2, timestamp: 3 } as const;
const METADATA = { type: 1, help: 3, unit: 4 } as const;

/** An `io.prometheus.write.v2.Request` of remote write 2.0, in snappy's block format. `native`: exponential histograms as native ones. */
export function encodeRequest(points: readonly RemotePoint[], native: boolean): Uint8Array {
  const writer = new ProtobufWriter();
  const symbols = new Symbols();
  for (const point of points) for (const one of point.series(native)) encodeSeries(writer, symbols, one, point);
  // Which texts there are is known at the end only, and receivers that read in one go want them first.
  const table = new ProtobufWriter();
  for (const text of symbols.all()) table.string(REQUEST.symbols, text);
  return snappy.compress(Buffer.concat([table.finish(), writer.finish()]));
}

/** Texts that are told once, and meant by their numbers. */
class Symbols {
  /** The first stands for what is not given. */
  private readonly numbers = new Map<string, number>([['', 0]]);

  of(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) {
      number = this.numbers.size;
      this.numbers.set(text, number);
    }
    return number;
  }

  ofLabels(labels: readonly Label[]): readonly number[] {
    return labels.flatMap(([name, value]) => [this.of(name), this.of(value)]);
  }

  all(): Iterable<string> {
    return this.numbers.keys();
  }
}

function encodeSeries(writer: ProtobufWriter, symbols: Symbols, one: RemoteSeries, { name, help }: RemotePoint): void {
  const series = writer.begin(REQUEST.timeseries);
  writer.packedUints(SERIES.labels, symbols.ofLabels(one.labels));
  encodeSample(writer, SERIES, one, true);
  for (const exemplar of one.exemplars) encodeExemplar(writer, symbols, exemplar);
  const metadata = writer.begin(SERIES.metadata);
  writer.uint(METADATA.type, METRIC_TYPES[name.type]);
  if (help !== '') writer.uint(METADATA.help, symbols.of(help));
  if (name.unit !== '') writer.uint(METADATA.unit, symbols.of(name.unit));
  writer.end(metadata);
  writer.end(series);
}

function encodeExemplar(writer: ProtobufWriter, symbols: Symbols, { labels, value, time }: RemoteExemplar): void {
  const exemplar = writer.begin(SERIES.exemplars);
  if (labels.length > 0) writer.packedUints(EXEMPLAR.labels, symbols.ofLabels(labels));
  writer.double(EXEMPLAR.value, value);
  writer.int(EXEMPLAR.timestamp, time);
  writer.end(exemplar);
}
