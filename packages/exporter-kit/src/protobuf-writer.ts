/** How a field is written (protobuf.dev/programming-guides/encoding#structure). */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

const TWO_32 = 2 ** 32;
/** Shorter strings are written character by character, which is faster than a call to the encoder. */
const SHORT = 48;

/**
 * Writes messages in the wire format of protocol buffers into a buffer that doubles when it is full. Fields are written in the order of the calls,
 * also those that are zero: whoever calls leaves out what need not be there.
 */
export class ProtobufWriter {
  private buffer: Buffer;
  private at = 0;

  constructor(capacity = 16 * 1024) {
    this.buffer = Buffer.allocUnsafe(capacity);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return new Uint8Array(this.buffer.subarray(0, this.at));
  }

  /** Bytes written so far. */
  get length(): number {
    return this.at;
  }

  /** Begins anew, in the same buffer. */
  clear(): void {
    this.at = 0;
  }

  /** Fields that were written before, one character a byte: what is the same each time is kept as a string, which is the smallest thing to keep. */
  encoded(fields: string): void {
    this.reserve(fields.length);
    this.at += this.buffer.write(fields, this.at, 'latin1');
  }

  /** Begins a message within the message; what it gives is for `end`. */
  begin(field: number): number {
    this.tag(field, LENGTH);
    this.reserve(1);
    // Room for a length of one byte; `end` makes more where it is needed.
    this.at++;
    return this.at;
  }

  end(start: number): void {
    const length = this.at - start;
    const extra = varintSize(length) - 1;
    if (extra > 0) {
      this.reserve(extra);
      this.buffer.copyWithin(start + extra, start, this.at);
    }
    const end = this.at + extra;
    this.at = start - 1;
    this.varint(length);
    this.at = end;
  }

  string(field: number, value: string): void {
    this.tag(field, LENGTH);
    const { length } = value;
    if (length <= SHORT && this.ascii(value)) return;
    // A lone surrogate becomes U+FFFD: a string of protocol buffers is valid UTF-8.
    const bytes = Buffer.byteLength(value);
    this.reserve(bytes + 5);
    this.varint(bytes);
    this.at += this.buffer.write(value, this.at, 'utf8');
  }

  /** Of hexadecimal digits, two for a byte. */
  hex(field: number, digits: string): void {
    this.tag(field, LENGTH);
    const bytes = digits.length >> 1;
    this.reserve(bytes + 5);
    this.varint(bytes);
    this.at += this.buffer.write(digits, this.at, 'hex');
  }

  /** A whole number from 0 to 2^53. */
  uint(field: number, value: number): void {
    this.tag(field, VARINT);
    this.reserve(10);
    this.varint(value);
  }

  /** `sint32`: zigzag. */
  sint(field: number, value: number): void {
    this.uint(field, ((value << 1) ^ (value >> 31)) >>> 0);
  }

  /** `int64`, of a safe integer: a negative one takes ten bytes. */
  int(field: number, value: number): void {
    if (value >= 0) {
      this.uint(field, value);
      return;
    }
    this.tag(field, VARINT);
    this.reserve(10);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (let i = 0; i < 9; i++) {
      this.buffer[this.at++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.buffer[this.at++] = Number(rest);
  }

  bool(field: number, value: boolean): void {
    this.uint(field, value ? 1 : 0);
  }

  double(field: number, value: number): void {
    this.tag(field, FIXED64);
    this.reserve(8);
    this.at = this.buffer.writeDoubleLE(value, this.at);
  }

  /** `double`, of its bits, high and low 32: for what is not a number in a certain way, which numbers here cannot hold. */
  doubleBits(field: number, high: number, low: number): void {
    this.tag(field, FIXED64);
    this.reserve(8);
    this.at = this.buffer.writeUInt32LE(low, this.at);
    this.at = this.buffer.writeUInt32LE(high, this.at);
  }

  /** `fixed64`, of a whole number from 0 to 2^53. */
  fixed64(field: number, value: number): void {
    this.tag(field, FIXED64);
    this.reserve(8);
    this.at = this.buffer.writeUInt32LE(value % TWO_32, this.at);
    this.at = this.buffer.writeUInt32LE(Math.floor(value / TWO_32), this.at);
  }

  /** `fixed64`, nanoseconds of seconds since the Unix epoch. */
  time(field: number, seconds: number): void {
    this.tag(field, FIXED64);
    this.reserve(8);
    const micros = microsOf(seconds);
    const low = (micros % TWO_32) * 1000;
    this.at = this.buffer.writeUInt32LE(low % TWO_32, this.at);
    this.at = this.buffer.writeUInt32LE(Math.floor(micros / TWO_32) * 1000 + Math.floor(low / TWO_32), this.at);
  }

  fixed32(field: number, value: number): void {
    this.tag(field, FIXED32);
    this.reserve(4);
    this.at = this.buffer.writeUInt32LE(value, this.at);
  }

  packedDoubles(field: number, values: readonly number[]): void {
    this.packed(field, values.length * 8);
    for (const value of values) this.at = this.buffer.writeDoubleLE(value, this.at);
  }

  packedFixed64(field: number, values: readonly number[]): void {
    this.packed(field, values.length * 8);
    for (const value of values) {
      this.at = this.buffer.writeUInt32LE(value % TWO_32, this.at);
      this.at = this.buffer.writeUInt32LE(Math.floor(value / TWO_32), this.at);
    }
  }

  packedUints(field: number, values: readonly number[]): void {
    let bytes = 0;
    for (const value of values) bytes += varintSize(value);
    this.packed(field, bytes);
    for (const value of values) this.varint(value);
  }

  private packed(field: number, bytes: number): void {
    this.tag(field, LENGTH);
    this.reserve(bytes + 5);
    this.varint(bytes);
  }

  private tag(field: number, wireType: number): void {
    this.reserve(5);
    this.varint(field * 8 + wireType);
  }

  /** Where all characters are ASCII; else `false`, and nothing is written. */
  private ascii(value: string): boolean {
    const { length } = value;
    this.reserve(length + 1);
    const { buffer, at } = this;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) return false;
      buffer[at + 1 + i] = code;
    }
    buffer[at] = length;
    this.at = at + 1 + length;
    return true;
  }

  private varint(value: number): void {
    let rest = value;
    // Operators on bits are for 32 of them.
    while (rest >= TWO_32) {
      this.buffer[this.at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    rest >>>= 0;
    while (rest > 127) {
      this.buffer[this.at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.buffer[this.at++] = rest;
  }

  private reserve(bytes: number): void {
    const needed = this.at + bytes;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.at);
    this.buffer = larger;
  }
}

/** Whole microseconds: times are kept to a quarter of one, so what is finer is noise. */
export function microsOf(seconds: number): number {
  return Math.max(0, Math.round(seconds * 1e6));
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}
