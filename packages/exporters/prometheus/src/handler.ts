import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { messageOf } from '@telltale/core';
import { acceptsGzip, negotiate } from './negotiate.ts';
import type { ScrapeForm, Slice } from './scrape.ts';

/** What is used of a request: those of `node:http`, Express and Nest fit. */
export interface ScrapeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** What is used of a response: those of `node:http`, Express and Nest fit. */
export interface ScrapeResponse extends NodeJS.WritableStream {
  readonly headersSent: boolean;
  readonly destroyed?: boolean;
  writeHead(status: number, headers: Readonly<Record<string, string | number>>): unknown;
}

/** Fastify hands out wrappers. */
export interface Wrapped<T> {
  readonly raw: T;
}

/** Answers a scrape. Never throws. */
export type ScrapeHandler = (
  request: ScrapeRequest | Wrapped<ScrapeRequest>,
  response: ScrapeResponse | (Wrapped<ScrapeResponse> & { hijack?(): unknown }),
) => void;

/** Where a scrape comes from, or the reason why there is none now. */
export type ScrapeOrReason = { scrape(form: ScrapeForm): Promise<Slice> } | { reason: string };

const TEXT = 'text/plain; charset=utf-8';
const GZIP_CHUNK = 64 * 1024;

/** The handler of a `/metrics` route. `tell` hears of scrapes that failed for another reason than that the client went away. */
export function createHandler(current: () => ScrapeOrReason, tell: (message: string) => void): ScrapeHandler {
  return (request, response) => {
    if (!('headersSent' in response)) response.hijack?.();
    const raw = 'headersSent' in response ? response : response.raw;
    answer('headers' in request ? request : request.raw, raw, current()).catch((error: unknown) => {
      if (isPremature(error)) return;
      tell(`a scrape failed: ${messageOf(error)}`);
      // Once streaming has begun, the pipeline has destroyed the response, so that nobody takes half a scrape for a whole one.
      if (!raw.headersSent) refuse(raw, 500, `The metrics could not be rendered: ${messageOf(error)}`);
    });
  };
}

/** Answers with one line of text. */
export function refuse(
  response: ScrapeResponse,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = `${message.replaceAll('\n', ' ')}\n`;
  response.writeHead(status, { 'Content-Type': TEXT, 'Content-Length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

async function answer(request: ScrapeRequest, response: ScrapeResponse, current: ScrapeOrReason): Promise<void> {
  const isHead = request.method === 'HEAD';
  if (!isHead && request.method !== undefined && request.method !== 'GET') {
    refuse(response, 405, 'Metrics are read with GET', { Allow: 'GET, HEAD' });
    return;
  }
  if ('reason' in current) {
    refuse(response, 503, current.reason);
    return;
  }
  const form = negotiate(header(request, 'accept'));
  const gzip = acceptsGzip(header(request, 'accept-encoding'));
  const headers = {
    'Content-Type': form.contentType,
    Vary: 'Accept, Accept-Encoding',
    ...(gzip && { 'Content-Encoding': 'gzip' }),
  };
  if (isHead) {
    response.writeHead(200, headers);
    response.end();
    return;
  }
  return stream(await current.scrape(form), response, headers, gzip);
}

/** Not `async`, so that nothing holds the first slice, and with it all others, until the last has been sent. */
function stream(
  first: Slice,
  response: ScrapeResponse,
  headers: Readonly<Record<string, string>>,
  gzip: boolean,
): Promise<void> | undefined {
  if (response.destroyed) return undefined;
  if (gzip) {
    response.writeHead(200, headers);
    // The fastest level: a scrape is mostly repetition, so the others save little and cost several times the processor time.
    return pipeline(
      chunks(first, response),
      createGzip({ level: constants.Z_BEST_SPEED, chunkSize: GZIP_CHUNK }),
      response,
    );
  }
  if (first.next !== undefined) {
    response.writeHead(200, headers);
    return pipeline(chunks(first, response), response);
  }
  const body = Buffer.concat(first.buffers);
  response.writeHead(200, { ...headers, 'Content-Length': body.length });
  response.end(body);
  return undefined;
}

async function* chunks(slice: Slice, response: ScrapeResponse): AsyncGenerator<Buffer> {
  for (;;) {
    yield* slice.buffers;
    // A pipeline that has failed only stops at a `yield`, and slices can be empty.
    if (slice.next === undefined || response.destroyed) return;
    // The parameter, because a variable of our own would leave it holding the first slice.
    slice = await slice.next();
  }
}

function header(request: ScrapeRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' || value === undefined ? value : value.join(',');
}

/** The client went away: nobody is there to hear of it, and nothing is wrong here. */
function isPremature(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}
