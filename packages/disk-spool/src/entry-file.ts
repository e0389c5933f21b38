import { type FileHandle, open, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { crc32, deflate, inflate } from 'node:zlib';
import { Pace } from '@telltale/core';

/**
 * One entry is one file, in bytes:
 *
 *   0 "TTSP"   4 format   5 flags   6 shape   8 items   12 parts   16 length of the parts   20 length of the body   24 CRC-32 of all that and the body
 *   28 state   29 nothing   32 one bit for each item that is settled   … body: each part with its length before it, serialised, all deflated
 *
 * All but the state and the bits is written once. These are overwritten in place, where they need no space: also when the disk is full it can
 * be noted what was delivered, and an overwriting that is torn leaves each bit as it was or as it is to be.
 */
const MAGIC = 'TTSP';
const FORMAT = 1;
const DEFLATED = 1;
const CHECKED = 24;
const STATE_AT = 28;
const HEAD = 32;
/** What a crash leaves in `state`: it waits; it was being sent; it is delivered, but for removing its file. */
const STATES = { waiting: 0, sending: 1, done: 2 } as const;
type EntryState = keyof typeof STATES;

/** Below this, in bytes, compression costs more than it saves. */
const WORTH_COMPRESSING = 512;
/** The fastest: it takes nine tenths off metrics. */
const LEVEL = 1;
/** Bytes between two looks at the time. */
const CHECK_STEP = 1 << 20;
/** More than one file can be said to have. */
const MAX_LENGTH = 2 ** 32 - 1;

const deflateAsync = promisify<Buffer, { readonly level: number }, Buffer>(deflate);
const inflateAsync = promisify<Buffer, { readonly maxOutputLength: number }, Buffer>(inflate);

interface EntryContents {
  readonly count: number;
  readonly parts: readonly unknown[];
  readonly settled: ReadonlySet<number>;
  readonly state: EntryState;
}

/** The bytes of an entry's file. Rejects for what is no plain data. */
export async function packEntry(count: number, shape: number, parts: Iterable<unknown>): Promise<readonly Buffer[]> {
  const pace = new Pace();
  const pieces: Buffer[] = [];
  for (const part of parts) {
    // Each by itself: what a serialiser remembers of all the objects before makes it slow, and the pauses of the garbage collector long.
    const piece = serialize(part);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(piece.byteLength);
    pieces.push(length, piece);
    if (pace.over()) await pace.rest();
  }
  const number = pieces.length / 2;
  const plain = Buffer.concat(pieces);
  const deflated = plain.byteLength >= WORTH_COMPRESSING;
  const body = deflated ? await deflateAsync(plain, { level: LEVEL }) : plain;
  if (plain.byteLength > MAX_LENGTH) throw new Error(`it has ${plain.byteLength} bytes, more than one file can hold`);
  const head = Buffer.alloc(HEAD);
  head.write(MAGIC, 'latin1');
  head.writeUInt8(FORMAT, 4);
  head.writeUInt8(deflated ? DEFLATED : 0, 5);
  head.writeUInt16LE(shape, 6);
  head.writeUInt32LE(count, 8);
  head.writeUInt32LE(number, 12);
  head.writeUInt32LE(plain.byteLength, 16);
  head.writeUInt32LE(body.byteLength, 20);
  head.writeUInt32LE(await checksum(head, body), CHECKED);
  return [head, Buffer.alloc(bitsLength(count)), body];
}

/** Writes a file that is not there yet; on disk when it resolves, but for its name in the folder. Rejects when it cannot: then there is none. */
export async function writeEntry(path: string, bytes: readonly Buffer[]): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
    await handle.close();
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(path, { force: true }).catch(() => {});
    throw error;
  }
}

/** The file of an entry, open for reading and for noting. */
export class EntryFile {
  private readonly handle: FileHandle;
  private readonly count: number;
  private readonly bits: Buffer;

  private constructor(handle: FileHandle, count: number, bits: Buffer) {
    this.handle = handle;
    this.count = count;
    this.bits = bits;
  }

  /** Rejects with what is wrong with it: torn, garbled, of another version, or not there. `contents: false`: of the parts only the length is looked at. */
  static async open(
    path: string,
    shape: number,
    contents: boolean,
  ): Promise<{ readonly file: EntryFile; readonly contents: EntryContents }> {
    const handle = await open(path, 'r+');
    try {
      const { size } = await handle.stat();
      const head = await read(handle, 0, HEAD);
      const count = head.readUInt32LE(8);
      const length = head.readUInt32LE(20);
      const bodyAt = HEAD + bitsLength(count);
      if (head.toString('latin1', 0, 4) !== MAGIC) throw new Error('it is no entry of a spool');
      if (head.readUInt8(4) !== FORMAT || head.readUInt16LE(6) !== shape) {
        throw new Error('it was written by another version of Telltale');
      }
      if (size !== bodyAt + length) throw new Error(`it has ${size} bytes of ${bodyAt + length}`);
      const bits = await read(handle, HEAD, bitsLength(count));
      const settled = new Set<number>();
      for (let i = 0; i < count; i++) if (isSet(bits, i)) settled.add(i);
      const parts = contents ? await unpack(head, await read(handle, bodyAt, length)) : [];
      const state = stateOf(head.readUInt8(STATE_AT));
      return { file: new EntryFile(handle, count, bits), contents: { count, parts, settled, state } };
    } catch (error) {
      await handle.close().catch(() => {});
      throw error;
    }
  }

  /** On disk when it resolves. */
  async note(state: EntryState): Promise<void> {
    await write(this.handle, Buffer.from([STATES[state]]), STATE_AT);
    await this.handle.datasync();
  }

  /** Items that are not sent again. On disk when it resolves. */
  async noteSettled(indexes: readonly number[]): Promise<void> {
    let [first, last] = [this.bits.byteLength, -1];
    for (const index of indexes) {
      if (index < 0 || index >= this.count) continue;
      const byte = index >> 3;
      this.bits[byte] = (this.bits[byte] as number) | (1 << (index & 7));
      first = Math.min(first, byte);
      last = Math.max(last, byte);
    }
    if (last < first) return;
    await write(this.handle, this.bits.subarray(first, last + 1), HEAD + first);
    await this.handle.datasync();
  }

  /** Never rejects. */
  async close(): Promise<void> {
    await this.handle.close().catch(() => {});
  }
}

async function unpack(head: Buffer, body: Buffer): Promise<readonly unknown[]> {
  if ((await checksum(head, body)) !== head.readUInt32LE(CHECKED)) throw new Error('its checksum is wrong');
  const length = head.readUInt32LE(16);
  const deflated = (head.readUInt8(5) & DEFLATED) !== 0;
  const plain = deflated ? await inflateAsync(body, { maxOutputLength: Math.max(1, length) }) : body;
  const pace = new Pace();
  const parts: unknown[] = [];
  let at = 0;
  for (let left = head.readUInt32LE(12); left > 0; left--) {
    const from = at + 4;
    at = from + plain.readUInt32LE(at);
    parts.push(deserialize(plain.subarray(from, at)));
    if (pace.over()) await pace.rest();
  }
  return parts;
}

async function checksum(head: Buffer, body: Buffer): Promise<number> {
  const pace = new Pace();
  let sum = crc32(head.subarray(0, CHECKED));
  for (let at = 0; at < body.byteLength; at += CHECK_STEP) {
    sum = crc32(body.subarray(at, at + CHECK_STEP), sum);
    if (pace.over()) await pace.rest();
  }
  return sum;
}

async function read(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let got = 0;
  while (got < length) {
    const { bytesRead } = await handle.read(bytes, got, length - got, at + got);
    if (bytesRead === 0) throw new Error('it is torn');
    got += bytesRead;
  }
  return bytes;
}

async function write(handle: FileHandle, bytes: Buffer, at: number): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.byteLength - done, at + done);
    done += bytesWritten;
  }
}

/** What is not known here was being done when it was written. */
function stateOf(byte: number): EntryState {
  return byte === STATES.waiting ? 'waiting' : byte === STATES.done ? 'done' : 'sending';
}

function bitsLength(count: number): number {
  return Math.ceil(count / 8);
}

function isSet(bits: Buffer, index: number): boolean {
  return ((bits[index >> 3] as number) & (1 << (index & 7))) !== 0;
}
