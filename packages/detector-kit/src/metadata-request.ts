import http from 'node:http';

/** Bytes of an answer, unless a request says otherwise: what is longer is no metadata. */
const MAX_ANSWER = 16 * 1024;

export interface MetadataRequest {
  readonly url: URL;
  readonly method?: 'GET' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes that an answer may have; default 16 KiB. */
  readonly limit?: number;
  readonly signal: AbortSignal;
}

export interface MetadataAnswer {
  readonly headers: Readonly<http.IncomingHttpHeaders>;
  readonly text: string;
}

/**
 * Asks a metadata server, by HTTP and without a proxy: such servers are on this machine or next to it. Resolves with an answer of status 200 that has
 * come in full; rejects for everything else: redirects are not followed. Keeps no connection, and no process alive.
 */
export function requestMetadata(request: MetadataRequest): Promise<MetadataAnswer> {
  const { url, method = 'GET', headers = {}, limit = MAX_ANSWER, signal } = request;
  return new Promise((resolve, reject) => {
    // An agent of its own: the shared one may go by a proxy, and would keep the connection.
    const outgoing = http.request(url, { method, headers, signal, agent: false }, (incoming) => {
      // Also what has been answered and is not wanted: nobody would read it to its end.
      const refuse = (why: string): void => {
        reject(new Error(`${url.origin}${url.pathname} ${why}`));
        outgoing.destroy();
      };
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('error', reject);
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.byteLength;
        if (size > limit) refuse(`answered more than ${limit} bytes`);
        else chunks.push(chunk);
      });
      incoming.on('end', () => {
        if (incoming.complete) resolve({ headers: incoming.headers, text: Buffer.concat(chunks).toString() });
        else refuse('broke off its answer');
      });
      if (incoming.statusCode !== 200) refuse(`answered ${incoming.statusCode}`);
    });
    outgoing.on('error', reject);
    outgoing.on('socket', (socket) => socket.unref());
    outgoing.end();
  });
}

/** The same, for an answer that is an object of JSON; anything else rejects. */
export async function requestMetadataJson(request: MetadataRequest): Promise<Readonly<Record<string, unknown>>> {
  const { text } = await requestMetadata(request);
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${request.url.href} answered no object`);
  return value as Readonly<Record<string, unknown>>;
}
