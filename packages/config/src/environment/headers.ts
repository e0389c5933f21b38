import type { EnvironmentReader } from './environment-reader.ts';
import type { VariableName } from './environment-variables.ts';
import { decodePair } from './key-value.ts';

/** A token of RFC 9110, which names of headers are. */
const NAME = /^[\w!#$%&'*+\-.^`|~]+$/;
/** What a value may have: no line breaks, and nothing beyond Latin-1. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** `key=value,key=value`, values percent-encoded. A pair that is none is left out; which one is said by its number, as it may be a secret. */
export function readHeaders(
  reader: EnvironmentReader,
  name: VariableName,
): Readonly<Record<string, string>> | undefined {
  const text = reader.text(name);
  if (text === undefined) return undefined;
  const headers = new Map<string, string>();
  for (const [i, pair] of text.split(',').entries()) {
    if (pair.trim() === '') continue;
    const [key, value] = decodePair(pair) ?? [];
    if (key !== undefined && value !== undefined && NAME.test(key) && VALUE.test(value))
      headers.set(key.toLowerCase(), value);
    else {
      reader.tell(
        name,
        `Its part ${i + 1} is left out: write key=value,key=value, with %2C for a comma in a value and %25 for %.`,
      );
    }
  }
  return headers.size === 0 ? undefined : Object.fromEntries(headers);
}
