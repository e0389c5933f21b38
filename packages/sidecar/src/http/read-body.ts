import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Why a body was not read, as a status of HTTP. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  /** Seconds after which it may come again. */
  readonly retryAfter: number | undefined;

  constructor(status: number, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Bytes that all requests under way may hold together. */
export class BytesInFlight {
  private readonly most: number;
  private held = 0;

  constructor(most: number) {
    this.most = most;
  }

  get isEmpty(): boolean {
    return this.held === 0;
  }

  take(bytes: number): boolean {
    if (this.held + bytes > this.most) return false;
    this.held += bytes;
    return true;
  }

  release(bytes: number): void {
    this.held -= bytes;
  }
}

/** A body, whose bytes are held until they are released. */
export interface HeldBody {
  readonly body: Buffer;
  release(): void;
}

/** The body of a request, unpacked, of at most `most` bytes before and after. Rejects with `Refused`, or when the client goes away. */
export async function readBody(request: IncomingMessage, most: number, inFlight: BytesInFlight): Promise<HeldBody> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new Refused(415, `the content-encoding "${encoding.slice(0, 40)}" is not supported; send gzip or none`);
  }
  const told = Number(request.headers['content-length'] ?? 0);
  if (told > most) throw tooLarge(most);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of encoding === 'gzip' ? unpacked(request, most) : request) {
      const buffer = chunk as Buffer;
      if (bytes + buffer.byteLength > most) throw tooLarge(most);
      if (!inFlight.take(buffer.byteLength)) {
        throw new Refused(429, 'too many requests are being read and decoded; send this one again', 1);
      }
      bytes += buffer.byteLength;
      chunks.push(buffer);
    }
  } catch (error) {
    inFlight.release(bytes);
    throw error;
  }
  const [only] = chunks;
  return {
    body: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, bytes),
    release: () => inFlight.release(bytes),
  };
}

/** By a stream, so that neither a bomb is unpacked nor the process held. */
function unpacked(request: IncomingMessage, most: number): AsyncIterable<Buffer> {
  const gunzip = createGunzip();
  let packed = 0;
  request.on('data', (chunk: Buffer) => {
    packed += chunk.byteLength;
    if (packed > most) gunzip.destroy(tooLarge(most));
  });
  request.on('aborted', () => gunzip.destroy(new Error('the client went away')));
  gunzip.on('error', () => request.unpipe(gunzip));
  return Readable.from(gunzipped(request.pipe(gunzip)), { objectMode: true, highWaterMark: 1 });
}

async function* gunzipped(gunzip: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* gunzip;
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(400, 'the body is no gzip, though content-encoding says so');
  }
}

function tooLarge(most: number): Refused {
  return new Refused(413, `the request has more than ${most} bytes; send smaller ones, or raise limits.bodyBytes`);
}
