/** A field as it was read: a number for varints and fixed32, bytes for what has a length. */
export type FieldValue = number | Uint8Array;

/**
 * The fields of a message of protocol buffers, those of a number in order: enough to read answers with. Throws a `RangeError` for what is no message.
 */
export function readFields(message: Uint8Array): ReadonlyMap<number, readonly FieldValue[]> {
  const fields = new Map<number, FieldValue[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++];
      if (byte === undefined || factor > 2 ** 63) throw new RangeError('the message breaks off');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const bytes = (length: number): Uint8Array => {
    if (at + length > message.length) throw new RangeError('the message breaks off');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = varint();
    const wireType = tag % 8;
    let value: FieldValue;
    if (wireType === 0) value = varint();
    else if (wireType === 1) value = bytes(8);
    else if (wireType === 2) value = bytes(varint());
    else if (wireType === 5) value = bytes(4);
    else throw new RangeError(`there is no wire type ${wireType}`);
    const field = Math.floor(tag / 8);
    const known = fields.get(field);
    if (known === undefined) fields.set(field, [value]);
    else known.push(value);
  }
  return fields;
}

/** The last number of a field, as protocol buffers want it; 0 when there is none. */
export function numberOf(fields: ReadonlyMap<number, readonly FieldValue[]>, field: number): number {
  const value = fields.get(field)?.at(-1);
  return typeof value === 'number' ? value : 0;
}

export function textOf(fields: ReadonlyMap<number, readonly FieldValue[]>, field: number): string {
  const value = bytesOf(fields, field);
  return value === undefined ? '' : Buffer.from(value).toString('utf8');
}

export function bytesOf(fields: ReadonlyMap<number, readonly FieldValue[]>, field: number): Uint8Array | undefined {
  const value = fields.get(field)?.at(-1);
  return value instanceof Uint8Array ? value : undefined;
}
