import type { IncomingMessage } from 'node:http';

/** How long a request's body is: known from the start, or counted while it comes in. */
export interface RequestBody {
  readonly size: number | undefined;
}

/** The body's size by its `Content-Length`; of one in chunks, the bytes that have come in. `undefined` for a request without a body. */
export function countBodyBytes(request: IncomingMessage): RequestBody | undefined {
  const length = request.headers['content-length'];
  if (length !== undefined) return { size: Number(length) };
  const isCounted = request.headers['transfer-encoding'] !== undefined || request.httpVersionMajor >= 2;
  return isCounted ? new CountedBody(request) : undefined;
}

/**
 * Counts what Node's parser pushes into the request. Listening for `data` instead would make the body flow before the service asks for it.
 */
class CountedBody implements RequestBody {
  private bytes: number;
  private readonly isOptional: boolean;

  constructor(request: IncomingMessage) {
    this.bytes = 0;
    // HTTP/2 does not say beforehand whether there is a body.
    this.isOptional = request.httpVersionMajor >= 2;
    const { push } = request;
    request.push = (chunk: Uint8Array | null, encoding) => {
      if (chunk !== null) this.bytes += chunk.byteLength;
      return push.call(request, chunk, encoding);
    };
  }

  get size(): number | undefined {
    return this.isOptional && this.bytes === 0 ? undefined : this.bytes;
  }
}
