import type { EnvironmentReader } from './environment-reader.ts';

/** `OTEL_RESOURCE_ATTRIBUTES`: pairs as in the header `baggage`. A pair that is none is left out; the others count. */
export function readResourceAttributes(reader: EnvironmentReader): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const pair of (reader.text('OTEL_RESOURCE_ATTRIBUTES') ?? '').split(',')) {
    if (pair.trim() === '') continue;
    const [key, value] = decode(pair) ?? [];
    if (key === undefined || value === undefined) {
      reader.warn(
        'OTEL_RESOURCE_ATTRIBUTES',
        `${JSON.stringify(pair.slice(0, 80))} is left out: write key=value, with %2C for a comma, %3D for = and %25 for %.`,
      );
    } else {
      attributes.set(key, value);
    }
  }
  return attributes;
}

function decode(pair: string): readonly [string, string] | undefined {
  const at = pair.indexOf('=');
  try {
    const key = decodeURIComponent(pair.slice(0, Math.max(at, 0)).trim());
    // An object with this key would lose it.
    return key === '' || key === '__proto__' ? undefined : [key, decodeURIComponent(pair.slice(at + 1).trim())];
  } catch {
    return undefined;
  }
}
