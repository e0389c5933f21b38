import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const gzipped = promisify(gzip);

/** Telemetry repeats itself so much that the fastest level saves nearly as much as the default, in a third of the time. In few pieces, as each is a turn of the event loop. */
const FAST = { level: 1, chunkSize: 256 * 1024 };
/** Below this, in bytes, compression costs more than it saves. */
const WORTH_COMPRESSING = 1024;

/** The body in gzip, made in a thread of Node's; `undefined` for one that is too short to be worth it. */
export async function compress(body: Uint8Array): Promise<Buffer | undefined> {
  return body.byteLength < WORTH_COMPRESSING ? undefined : gzipped(body, FAST);
}
