import type { IncomingMessage } from 'node:http';

/** A token is no longer. */
const MAX_BYTES = 4096;

/** The token that a form was sent with; `undefined`: none, or too much. A body that something in front has read is taken as it made it. */
export async function tokenOfForm(request: IncomingMessage & { readonly body?: unknown }): Promise<string | undefined> {
  const { body } = request;
  if (typeof body === 'object' && body !== null && 'token' in body) {
    return typeof body.token === 'string' ? body.token : undefined;
  }
  if (request.readableEnded) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString()).get('token') ?? undefined;
}
