import type { AttributeValue } from '@telltale/core';
import type { BucketValue } from '@telltale/exporter-kit';
import type { Content, MeasuredPoint, Measurement } from './measurements.ts';

/** "Specification: Embedded metric format", CloudWatch user guide: of one directive, and of one metric. */
const MAX_METRICS = 100;
const MAX_VALUES = 100;
/** The same page: bytes of one event. It says 1 MB by now and said 256 KB before, which Lambda may still hold to. */
const MAX_LINE_BYTES = 256_000;

/** Names of units and keys, quotes and commas. */
const BYTES_AROUND_METRIC = 90;
const BYTES_AROUND_ALL = 200;

export interface EmfSettings {
  readonly namespace: string;
  readonly highResolution: boolean;
  readonly fields: Readonly<Record<string, AttributeValue>>;
  readonly logGroup: string | undefined;
  readonly logStream: string | undefined;
}

/** A metric, or a part of one, that fits into a line. */
interface Piece {
  readonly measurement: Measurement;
  readonly value: unknown;
}

/** A line under way: metrics of one time with the same dimensions and properties. */
interface Draft {
  readonly pieces: Map<string, Piece>;
  bytes: number;
}

/** As few lines as the format allows: metrics that share their dimensions share a line, as those of one route do. */
export function emfLines(measured: readonly MeasuredPoint[], settings: EmfSettings): readonly string[] {
  const shared = JSON.stringify([settings.namespace, settings.fields, settings.logGroup, settings.logStream]);
  const sharedBytes = Buffer.byteLength(shared) + BYTES_AROUND_ALL;
  const around = (measurement: Measurement): number => sharedBytes + ownBytes(measurement);
  const groups = new Map<string, { readonly first: Measurement; readonly drafts: Draft[] }>();
  for (const measurement of measured.flatMap(({ measurements }) => measurements)) {
    const { time, dimensions, properties, content } = measurement;
    const key = JSON.stringify([time, dimensions, properties]);
    const group = groups.get(key) ?? { first: measurement, drafts: [] };
    groups.set(key, group);
    for (const value of valuesOf(content)) {
      place({ measurement, value }, group.drafts, around);
    }
  }
  return [...groups.values()].flatMap(({ first, drafts }) =>
    drafts.map(({ pieces }) => textOf(first, [...pieces.values()], settings)),
  );
}

/** Into the first line that has room; a line has one metric of a name. */
function place(piece: Piece, drafts: Draft[], around: (measurement: Measurement) => number): void {
  const { name } = piece.measurement;
  const bytes = JSON.stringify(piece.value).length + 2 * name.length + BYTES_AROUND_METRIC;
  const room = drafts.find(
    (draft) => draft.pieces.size < MAX_METRICS && !draft.pieces.has(name) && draft.bytes + bytes <= MAX_LINE_BYTES,
  );
  const draft = room ?? { pieces: new Map(), bytes: around(piece.measurement) };
  if (room === undefined) drafts.push(draft);
  draft.pieces.set(name, piece);
  draft.bytes += bytes;
}

/** At most, of what is in a line besides its metrics: dimensions are ASCII, of which JSON may escape each character, and their names are there twice. */
function ownBytes({ dimensions, properties }: Measurement): number {
  let bytes = Buffer.byteLength(JSON.stringify(properties));
  for (const [name, value] of dimensions) bytes += 4 * name.length + 2 * value.length + 8;
  return bytes;
}

/** A number, or the object that holds values with counts or statistics; several where there are more values than one may have. */
function valuesOf(content: Content): readonly unknown[] {
  if (content.type === 'value') return [content.value];
  if (content.type === 'statistics') {
    const { min, max, count, sum } = content;
    return [{ Max: max, Min: min, Count: count, Sum: sum }];
  }
  const parts: unknown[] = [];
  for (let i = 0; i < content.values.length; i += MAX_VALUES)
    parts.push(partOf(content.values.slice(i, i + MAX_VALUES)));
  return parts;
}

function partOf(values: readonly BucketValue[]): object {
  return {
    Values: values.map(([value]) => value),
    Counts: values.map(([, count]) => count),
    Max: values.at(-1)?.[0],
    Min: values[0]?.[0],
    Count: values.reduce((count, [, n]) => count + n, 0),
    Sum: values.reduce((sum, [value, n]) => sum + value * n, 0),
  };
}

function textOf(of: Measurement, pieces: readonly Piece[], settings: EmfSettings): string {
  const { namespace, highResolution, fields, logGroup, logStream } = settings;
  const { time, dimensions, properties } = of;
  // What comes later wins: a property must not hide a metric, nor that what makes it one.
  return JSON.stringify({
    ...fields,
    ...properties,
    ...Object.fromEntries(dimensions),
    ...Object.fromEntries(pieces.map(({ measurement: { name }, value }) => [name, value])),
    _aws: {
      Timestamp: time,
      ...(logGroup !== undefined && { LogGroupName: logGroup }),
      ...(logStream !== undefined && { LogStreamName: logStream }),
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [dimensions.map(([name]) => name)],
          Metrics: pieces.map(({ measurement: { name, unit } }) => ({
            Name: name,
            Unit: unit,
            ...(highResolution && { StorageResolution: 1 }),
          })),
        },
      ],
    },
  });
}
