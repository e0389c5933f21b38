import http from 'node:http';
import https from 'node:https';
import { type ExportContext, ExportError } from '@telltale/core';
import { compress } from './compress.ts';

/** Bytes of an answer that are read. */
const MAX_ANSWER = 4 * 1024 * 1024;
/** Milliseconds that an idle connection is kept: less than servers do, so that none is written to while its server closes it. */
const KEEP_IDLE_MS = 4000;

export interface HttpClientOptions {
  /** PEM of authorities to trust besides Node's; else NODE_EXTRA_CA_CERTS does it. */
  readonly ca?: string;
}

export interface HttpRequest {
  readonly url: URL;
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** Compresses bodies that are worth it. */
  readonly gzip?: boolean;
  /** Of a body that is compressed already, its bytes before: what backends charge by. */
  readonly uncompressed?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** Where it came from, without the query, for messages: keys may be in it. */
  readonly target: string;
}

/**
 * Sends requests over HTTP, on connections that are kept alive; by the proxy of HTTPS_PROXY and NO_PROXY where Node supports that (from 24.5).
 * Made for the two things that `fetch` cannot: to say whether a body had been sent in full when a connection died, and not to keep the process alive.
 */
export class HttpClient {
  private readonly agents: { readonly 'http:': http.Agent; readonly 'https:': https.Agent };

  constructor(options: HttpClientOptions = {}) {
    const shared = { keepAlive: true, timeout: KEEP_IDLE_MS, proxyEnv: process.env };
    this.agents = { 'http:': new http.Agent(shared), 'https:': new https.Agent({ ...shared, ...options }) };
  }

  /**
   * Resolves with any answer, whatever its status. Rejects with an `ExportError` when there is none: `outcomeUnknown` says that the body had been
   * sent in full. Rejects with the signal's reason when it had fired before the body was sent.
   */
  async send(request: HttpRequest, context: Pick<ExportContext, 'signal' | 'request'>): Promise<Answer> {
    const { signal } = context;
    const plain = typeof request.body === 'string' ? Buffer.from(request.body) : request.body;
    const compressed = request.gzip === true ? await compress(plain) : undefined;
    const body = compressed ?? plain;
    await context.request?.(body.byteLength, request.uncompressed ?? plain.byteLength);
    signal.throwIfAborted();
    return this.exchange(request, body, compressed !== undefined, signal);
  }

  /** Ends idle connections; those in use when their request ends. */
  close(): void {
    for (const agent of Object.values(this.agents)) agent.destroy();
  }

  private exchange(request: HttpRequest, body: Uint8Array, compressed: boolean, signal: AbortSignal): Promise<Answer> {
    const { url, method = 'POST', headers } = request;
    const protocol = url.protocol === 'http:' ? 'http:' : 'https:';
    const target = `${url.origin}${url.pathname}`;
    return new Promise((resolve, reject) => {
      let sent = false;
      const fail = (error: Error): void => reject(unansweredError(target, error, sent, signal));
      const client = protocol === 'http:' ? http : https;
      const outgoing = client.request(
        url,
        {
          method,
          agent: this.agents[protocol],
          signal,
          headers: {
            ...headers,
            'content-length': String(body.byteLength),
            ...(compressed && { 'content-encoding': 'gzip' }),
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          let size = 0;
          incoming.on('data', (chunk: Buffer) => {
            size += chunk.byteLength;
            if (size <= MAX_ANSWER) chunks.push(chunk);
          });
          incoming.on('error', fail);
          incoming.on('end', () => {
            if (!incoming.complete) {
              fail(new Error('the answer broke off'));
              return;
            }
            const fields = Object.entries(incoming.headers).map(([name, value]) => [name, value?.toString()]);
            resolve({
              status: incoming.statusCode as number,
              headers: Object.fromEntries(fields),
              body: Buffer.concat(chunks),
              target,
            });
          });
        },
      );
      outgoing.on('error', fail);
      // All of the body is with the operating system: from here on the backend may have it.
      outgoing.on('finish', () => {
        sent = true;
      });
      // No export keeps a process alive: `shutdown()` does, as long as it waits.
      outgoing.on('socket', (socket) => socket.unref());
      outgoing.end(body);
    });
  }
}

/**
 * What a request that got no answer rejects with: an `ExportError`, whose outcome is unknown when the body had been `sent` in full; the signal's
 * reason when it had fired before.
 */
export function unansweredError(target: string, error: Error, sent: boolean, signal: AbortSignal): unknown {
  if (!sent && signal.aborted) return signal.reason;
  const why = signal.aborted ? String((signal.reason as Error | undefined)?.message ?? 'stopped') : reasonOf(error);
  const message = sent ? `${target} gave no answer (${why})` : `${target} could not be reached (${why})`;
  return new ExportError(message, { cause: error, outcomeUnknown: sent });
}

/** Why a request failed, in few words. Several addresses tried in vain are an error without a message. */
function reasonOf(error: Error & { readonly code?: string }): string {
  return error.message === '' ? (error.code ?? error.name) : error.message;
}
