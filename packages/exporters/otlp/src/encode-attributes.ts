import type { ProtobufWriter } from '@telltale/exporter-kit';
import { ANY_VALUE, ARRAY_VALUE, KEY_VALUE } from './fields.ts';
import type { OtlpAttributes } from './otlp-options.ts';

/** Writes attributes as repeated `KeyValue`. Keys without a value are left out. */
export function encodeAttributes(writer: ProtobufWriter, field: number, attributes: OtlpAttributes): void {
  for (const key in attributes) {
    if (!Object.hasOwn(attributes, key)) continue;
    const value = attributes[key];
    if (value === undefined || value === null) continue;
    const pair = writer.begin(field);
    writer.string(KEY_VALUE.key, key);
    encodeValue(writer, KEY_VALUE.value, value);
    writer.end(pair);
  }
}

/** Writes an `AnyValue`: whole numbers that a double holds exactly as integers, as OpenTelemetry's SDK does. */
export function encodeValue(writer: ProtobufWriter, field: number, value: unknown): void {
  const any = writer.begin(field);
  if (typeof value === 'string') writer.string(ANY_VALUE.string, value);
  else if (typeof value === 'boolean') writer.bool(ANY_VALUE.bool, value);
  else if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) writer.int(ANY_VALUE.int, value);
    else writer.double(ANY_VALUE.double, value);
  } else if (Array.isArray(value)) {
    const array = writer.begin(ANY_VALUE.array);
    for (const one of value) encodeValue(writer, ARRAY_VALUE.values, one);
    writer.end(array);
  }
  // Whatever else, as a hole in an array, is a value that is not set.
  writer.end(any);
}
