import { createHash } from 'node:crypto';
import type { AttributeValue, SeriesAttributes } from '@telltale/core';
import { anyValue, listIn, Malformed, messageIn, textIn } from './raw-values.ts';

/** Characters of a value on a series or a resource, as core has it. */
const MAX_SERIES_VALUE = 1024;
/** Attributes of one series, resource, span, event or link; OpenTelemetry's SDKs have the same default. */
export const MAX_ATTRIBUTES = 128;
const MAX_KEY = 255;
const HASH_DIGITS = 16;
/** Texts that series share, and how long they are at most: names of attributes, methods, routes. */
const MAX_SHARED = 20_000;
const MAX_SHARED_LENGTH = 64;

/** Attributes that identify something: sorted, with what tells equal ones. */
export interface KeyedAttributes {
  readonly key: string;
  readonly entries: readonly (readonly [string, AttributeValue])[];
}

/** Reads what identifies a series or a resource. Counts what it had to cut. */
export class AttributeReader {
  /** Values that were too long. */
  cut = 0;
  private readonly texts = new Map<string, string>();

  /** Throws `Malformed` for too many: to leave some out could make two series one. Lists are text, in JSON. */
  read(raw: unknown): KeyedAttributes {
    const list = listIn(raw, 'attributes');
    if (list.length === 0) return NONE;
    if (list.length > MAX_ATTRIBUTES) throw new Malformed(`more than ${MAX_ATTRIBUTES} attributes`);
    const entries: [string, AttributeValue][] = [];
    let sorted = true;
    let before = '';
    for (const one of list) {
      const pair = messageIn(one, 'an attribute');
      const key = this.shortened(textIn(pair.key, 'the key of an attribute'), MAX_KEY);
      const value = anyValue(pair.value);
      if (value === undefined || key === '') continue;
      const single = typeof value === 'object' ? JSON.stringify(value) : value;
      entries.push([key, typeof single === 'string' ? this.shortened(single, MAX_SERIES_VALUE) : single]);
      sorted &&= before < key;
      before = key;
    }
    const unique = sorted ? entries : [...new Map(entries)].sort(([a], [b]) => (a < b ? -1 : 1));
    return { key: keyOf(unique), entries: unique };
  }

  /** Ends in a hash of the whole, so that two that begin alike stay two. */
  private shortened(text: string, most: number): string {
    if (text.length <= most) return this.shared(text);
    this.cut++;
    const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS);
    return `${text.slice(0, most - HASH_DIGITS - 1)}…${hash}`.toWellFormed();
  }

  /** One text for equal ones: each request has copies of its own. */
  private shared(text: string): string {
    if (text.length > MAX_SHARED_LENGTH) return text;
    const known = this.texts.get(text);
    if (known !== undefined) return known;
    if (this.texts.size >= MAX_SHARED) this.texts.clear();
    this.texts.set(text, text);
    return text;
  }
}

/** As core has the attributes of a series. A key such as `__proto__` is an ordinary key. */
export function frozenAttributes(entries: Iterable<readonly [string, AttributeValue]>): SeriesAttributes {
  return Object.freeze(Object.fromEntries(entries));
}

function keyOf(entries: readonly (readonly [string, AttributeValue])[]): string {
  const parts: (string | number)[] = [];
  for (const [name, value] of entries) {
    const text = String(value);
    // With their lengths, no two sets of attributes are spelled alike.
    parts.push(name.length, name, (typeof value)[0] as string, text.length, text);
  }
  // A string that grew piece by piece would be kept as its pieces.
  return parts.join(' ');
}

const NONE: KeyedAttributes = Object.freeze({ key: '', entries: Object.freeze([]) });
