import type { AttributeValue } from '@telltale/core';

/** A message as protobufjs or `JSON.parse` gives it: the names are the same, values may be missing, and in JSON anything. */
export type RawMessage = Readonly<Record<string, unknown>>;

/** What is not as OTLP has it; the message says where. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/** Nested values of an attribute that are looked into. */
const MAX_DEPTH = 16;

export function messageIn(value: unknown, what: string): RawMessage {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as RawMessage;
  throw new Malformed(`${what} is no object`);
}

/** A message that may be missing. */
export function optionalMessage(value: unknown, what: string): RawMessage | undefined {
  return value === undefined || value === null ? undefined : messageIn(value, what);
}

export function listIn(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new Malformed(`${what} is no list`);
}

export function textIn(value: unknown, what: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw new Malformed(`${what} is no string`);
}

/** Whether it was sent at all, where that means something: protobufjs has defaults on the prototype. */
export function isGiven(message: RawMessage, name: string): boolean {
  return Object.hasOwn(message, name) && message[name] !== undefined && message[name] !== null;
}

/** A number of any kind: integers of 64 bits are objects of protobufjs or digits of JSON; precise to 53 bits. */
export function numberIn(value: unknown, what: string): number {
  if (typeof value === 'number') return value;
  if (value === undefined || value === null) return 0;
  if (typeof value === 'object' && 'toNumber' in value && typeof value.toNumber === 'function') {
    return value.toNumber() as number;
  }
  if (typeof value === 'string' && value.trim() !== '') {
    const parsed = Number(value);
    if (!Number.isNaN(parsed) || value === 'NaN') return parsed;
  }
  throw new Malformed(`${what} is no number`);
}

/** How many: a whole number that is not negative. */
export function countIn(value: unknown, what: string): number {
  const count = numberIn(value, what);
  if (Number.isInteger(count) && count >= 0) return count;
  throw new Malformed(`${what} is ${count}, which counts nothing`);
}

/** Seconds since the Unix epoch; 0 when not given. */
export function secondsIn(value: unknown, what: string): number {
  return numberIn(value, what) / 1e9;
}

/** Lower-case hexadecimal digits; `undefined` for what is no id of so many bytes, or all zero. */
export function idIn(value: unknown, bytes: 8 | 16): string | undefined {
  const digits =
    value instanceof Uint8Array
      ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
      : typeof value === 'string' && /^[0-9a-fA-F]*$/.test(value)
        ? value.toLowerCase()
        : '';
  return digits.length === bytes * 2 && !/^0+$/.test(digits) ? digits : undefined;
}

/** An `AnyValue`, lists as arrays; what OpenTelemetry's attributes cannot hold is text: bytes in base64, maps and mixed lists in JSON. */
export function anyValue(value: unknown): AttributeValue | readonly AttributeValue[] | undefined {
  const plain = plainValue(value, 0);
  if (plain === undefined || plain === null) return undefined;
  if (typeof plain !== 'object') return plain as AttributeValue;
  if (Array.isArray(plain)) {
    const type = typeof plain[0];
    if (plain.length > 0 && type !== 'object' && plain.every((one) => typeof one === type)) return plain;
    if (plain.length === 0) return [];
  }
  return JSON.stringify(plain);
}

function plainValue(value: unknown, depth: number): unknown {
  const message = optionalMessage(value, 'a value of an attribute');
  if (message === undefined) return undefined;
  if (depth > MAX_DEPTH) throw new Malformed('a value of an attribute is nested too deeply');
  if (isGiven(message, 'stringValue')) return textIn(message.stringValue, 'a stringValue');
  if (isGiven(message, 'intValue')) return numberIn(message.intValue, 'an intValue');
  if (isGiven(message, 'doubleValue')) return numberIn(message.doubleValue, 'a doubleValue');
  if (isGiven(message, 'boolValue')) return message.boolValue === true;
  if (isGiven(message, 'bytesValue')) return base64(message.bytesValue);
  if (isGiven(message, 'arrayValue')) {
    const { values } = messageIn(message.arrayValue, 'an arrayValue');
    return listIn(values, 'the values of an arrayValue').map((one) => plainValue(one, depth + 1) ?? null);
  }
  if (isGiven(message, 'kvlistValue')) {
    const { values } = messageIn(message.kvlistValue, 'a kvlistValue');
    const entries = listIn(values, 'the values of a kvlistValue').map((one) => {
      const pair = messageIn(one, 'an entry of a kvlistValue');
      return [textIn(pair.key, 'a key'), plainValue(pair.value, depth + 1) ?? null];
    });
    return Object.fromEntries(entries);
  }
  return undefined;
}

function base64(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  throw new Malformed('a bytesValue has no bytes');
}
