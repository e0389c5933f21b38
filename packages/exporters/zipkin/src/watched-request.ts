import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { type Answer, unansweredError } from '@telltale/exporter-kit';

/** Node tells here of each request of node:http and node:https, at once when it is made. */
const CREATED = 'http.client.request.created';
/** Bytes of an answer that are read. */
const MAX_ANSWER = 64 * 1024;

/**
 * The answer to the one request that `send` makes, at once, by node:http; `target` is what errors call it. OpenTelemetry's exporter says of it only that it failed: not the status, not
 * `Retry-After`, not whether it had been sent, and it cannot be stopped. Rejects as `HttpClient` does.
 */
export function watchedRequest(target: string, send: () => void, signal: AbortSignal): Promise<Answer> {
  let request: ClientRequest | undefined;
  const created = (message: unknown): void => {
    request ??= (message as { readonly request: ClientRequest }).request;
  };
  subscribe(CREATED, created);
  try {
    send();
  } finally {
    unsubscribe(CREATED, created);
  }
  if (request === undefined) throw new Error('@opentelemetry/exporter-zipkin made no request');
  return answerTo(target, request, signal);
}

function answerTo(target: string, request: ClientRequest, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let sent = false;
    const stop = (): void => void request.destroy();
    const settled = (): void => signal.removeEventListener('abort', stop);
    const fail = (error: Error): void => {
      settled();
      reject(unansweredError(target, error, sent, signal));
    };
    request.on('error', fail);
    request.on('finish', () => {
      sent = true;
    });
    // No export keeps a process alive: `shutdown()` does, as long as it waits.
    request.on('socket', (socket) => socket.unref());
    request.on('response', (incoming: IncomingMessage) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.byteLength;
        if (size <= MAX_ANSWER) chunks.push(chunk);
      });
      incoming.on('error', fail);
      incoming.on('end', () => {
        settled();
        const fields = Object.entries(incoming.headers).map(([name, value]) => [name, value?.toString()]);
        const body = Buffer.concat(chunks);
        resolve({ status: incoming.statusCode ?? 0, headers: Object.fromEntries(fields), body, target });
      });
    });
    signal.addEventListener('abort', stop);
  });
}
