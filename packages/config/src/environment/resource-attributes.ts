import { type EnvironmentReader, shown } from './environment-reader.ts';
import { decodePair } from './key-value.ts';

/** `OTEL_RESOURCE_ATTRIBUTES`: pairs as in the header `baggage`. A pair that is none is left out; the others count. */
export function readResourceAttributes(reader: EnvironmentReader): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const pair of (reader.text('OTEL_RESOURCE_ATTRIBUTES') ?? '').split(',')) {
    if (pair.trim() === '') continue;
    const [key, value] = decodePair(pair) ?? [];
    if (key === undefined || value === undefined) {
      reader.tell(
        'OTEL_RESOURCE_ATTRIBUTES',
        `${JSON.stringify(shown(pair))} is left out: write key=value, with %2C for a comma, %3D for = and %25 for %.`,
      );
    } else {
      attributes.set(key, value);
    }
  }
  return attributes;
}
