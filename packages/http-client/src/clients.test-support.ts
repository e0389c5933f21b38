import { type ClientRequest, type IncomingMessage, request as nodeRequest } from 'node:http';
import { Readable } from 'node:stream';
import axios from 'axios';
import got from 'got';

interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | readonly string[];
  readonly signal?: AbortSignal;
  /** Resolves with the status as soon as the head is here; what comes of the body is left open. */
  readonly headOnly?: boolean;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A way of making a call. */
export interface Client {
  readonly name: string;
  /** Which undici it is; 0: none. */
  readonly undici: number;
  /** Whether an answer can be kept open without reading it. */
  readonly holds: boolean;
  /** Rejects when there is no whole answer. */
  ask(url: string, ask?: Ask): Promise<Answer>;
}

export type Fetch = (url: string, init: RequestInit & { duplex?: 'half' }) => Promise<Response>;

export function byFetch(name: string, version: number, fetchOf: () => Fetch): Client {
  return {
    name,
    undici: version,
    holds: true,
    async ask(url, { method = 'GET', headers = {}, body, signal, headOnly = false } = {}) {
      const response = await fetchOf()(url, {
        method,
        headers,
        redirect: 'manual',
        ...(body !== undefined && { body: typeof body === 'string' ? body : streamOf(body), duplex: 'half' }),
        ...(signal !== undefined && { signal }),
      } as RequestInit);
      return { status: response.status, body: headOnly ? '' : await response.text() };
    },
  };
}

export const FETCH = byFetch('fetch', Number.parseInt(process.versions.undici ?? '', 10), () => fetch);
export const NODE: Client = {
  name: 'node:http',
  undici: 0,
  holds: true,
  ask(url, { method = 'GET', headers = {}, body, signal, headOnly = false } = {}) {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const request = nodeRequest(url, { method, headers, ...(signal && { signal }) }, (response) => {
      if (headOnly) {
        resolve({ status: response.statusCode ?? 0, body: '' });
        response.on('error', () => {});
        return;
      }
      textOf(response).then((text) => resolve({ status: response.statusCode ?? 0, body: text }), reject);
    });
    request.on('error', reject);
    if (body === undefined || typeof body === 'string') request.end(body);
    else writeAll(request, body);
    return promise;
  },
};

const AXIOS: Client = {
  name: 'axios',
  undici: 0,
  holds: false,
  async ask(url, { method = 'GET', headers = {}, body, signal } = {}) {
    const response = await axios.request<string>({
      url,
      method,
      headers: { ...headers },
      maxRedirects: 0,
      responseType: 'text',
      validateStatus: () => true,
      ...(body !== undefined && { data: typeof body === 'string' ? body : Readable.from(body) }),
      ...(signal && { signal }),
    });
    return { status: response.status, body: response.data };
  },
};

const GOT: Client = {
  name: 'got',
  undici: 0,
  holds: false,
  async ask(url, { method = 'GET', headers = {}, body, signal } = {}) {
    const response = await got(url, {
      method: method as 'GET',
      headers: { ...headers },
      followRedirect: false,
      throwHttpErrors: false,
      retry: { limit: 0 },
      ...(body !== undefined && { body: typeof body === 'string' ? body : Readable.from(body) }),
      ...(signal && { signal }),
    });
    return { status: response.statusCode, body: response.body };
  },
};

/** What comes with Node, and what is made with it. Nobody may import undici beside: its `Agent` would then be that of `fetch`. */
export const OWN_CLIENTS: readonly Client[] = [FETCH, NODE, AXIOS, GOT];

export async function textOf(response: IncomingMessage): Promise<string> {
  return Buffer.concat(await response.toArray()).toString();
}

function streamOf(pieces: readonly string[]): ReadableStream {
  return ReadableStream.from(pieces.map((piece) => Buffer.from(piece)));
}

function writeAll(request: ClientRequest, pieces: readonly string[]): void {
  for (const piece of pieces) request.write(piece);
  request.end();
}
