import { ABORTED } from './given-up.ts';
import { describeConnection, type HttpCalls } from './http-calls.ts';
import type { ObservedCall } from './observed-call.ts';
import { Redispatches } from './redispatches.ts';
import { Subscriptions } from './subscriptions.ts';
import type { HeaderAccess } from './trace-headers.ts';

const CREATE = 'undici:request:create';

/** A request of undici 5 to 8, as far as it is needed. */
interface UndiciRequest {
  readonly method: string;
  readonly origin: unknown;
  readonly path: string;
  readonly upgrade?: unknown;
  /** Names and values in turn; text in undici 5. */
  readonly headers: readonly unknown[] | string;
  readonly contentLength: number | null;
  readonly body: unknown;
  addHeader(name: string, value: string): unknown;
  readonly onRequestUpgrade?: unknown;
  readonly onUpgrade?: unknown;
}

interface Answer {
  readonly statusCode: number;
  readonly headers: unknown;
}

interface Connection {
  readonly alpnProtocol?: string | false | null;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
}

type About<More = object> = { readonly request: UndiciRequest } & More;

/** What is kept of a call besides the call itself. */
interface Followed {
  readonly call: ObservedCall;
  /** How many headers it had when ours were added. */
  readonly headers: number;
  head: unknown;
  writes: number;
}

/** Observes the requests of `fetch` and of every copy of undici, which all tell of them by the same channels. */
export class UndiciCalls {
  private readonly calls: HttpCalls;
  private readonly followed = new WeakMap<UndiciRequest, Followed>();
  private readonly redispatches: Redispatches;
  private readonly beginnings: Subscriptions;
  private readonly rest: Subscriptions;

  /** `traces`: whether spans are on. */
  constructor(calls: HttpCalls, traces: boolean) {
    const { telemetry } = calls;
    this.calls = calls;
    this.redispatches = new Redispatches(telemetry);
    this.beginnings = new Subscriptions(telemetry);
    this.rest = new Subscriptions(telemetry);
    this.beginnings.add(CREATE, ({ request }: About) => {
      if (traces) this.redispatches.run(request, (resends) => this.created(request, resends));
      else this.created(request, 0);
    });
    if (traces) {
      this.rest.add('undici:client:sendHeaders', ({ request, socket }: About<{ socket?: Connection }>) =>
        this.writing(request, socket),
      );
    }
    this.rest.add('undici:request:bodyChunkSent', ({ request, chunk }: About<{ chunk: unknown }>) => {
      const followed = this.followed.get(request);
      if (followed !== undefined) followed.call.sent += sizeOf(chunk);
    });
    this.rest.add('undici:request:bodySent', ({ request }: About) => {
      const call = this.followed.get(request)?.call;
      if (call?.sent === 0) call.sent = request.contentLength ?? sizeOf(request.body);
    });
    this.rest.add('undici:request:headers', ({ request, response }: About<{ response: Answer }>) =>
      this.answered(request, response),
    );
    this.rest.add('undici:request:bodyChunkReceived', ({ request, chunk }: About<{ chunk: unknown }>) => {
      const followed = this.followed.get(request);
      if (followed !== undefined) followed.call.received += sizeOf(chunk);
    });
    this.rest.add('undici:request:trailers', ({ request }: About) => this.completed(request));
    this.rest.add('undici:request:error', ({ request, error }: About<{ error: unknown }>) =>
      this.take(request)?.call.end(error ?? ABORTED),
    );
  }

  /** Observes no more calls. */
  stop(): void {
    this.beginnings.end();
  }

  /** Forgets the calls under way. */
  dispose(): void {
    this.rest.end();
  }

  private created(request: UndiciRequest, resends: number): void {
    if (!tellsItsEnd(request)) return;
    const { method, path } = request;
    const sent = { method, origin: String(request.origin), portIsKnown: true, path };
    const call = this.calls.start(request, sent, HEADERS, resends);
    if (call === undefined) return;
    this.followed.set(request, { call, headers: request.headers.length, head: undefined, writes: 0 });
  }

  private writing(request: UndiciRequest, socket: Connection | undefined): void {
    const followed = this.followed.get(request);
    if (followed === undefined) return;
    const { call } = followed;
    // A pipelined request that was behind one that broke is written again.
    if (++followed.writes > 1) call.resends++;
    else if (request.headers.length !== followed.headers) this.yieldToOthers(request);
    if (call.isTraced) describeConnection(call, socket?.alpnProtocol === 'h2' ? '2' : '1.1', socket);
  }

  /** Someone added headers after us; when it was another trace context, we come after them from now on, and leave theirs alone. */
  private yieldToOthers(request: UndiciRequest): void {
    if (countOf(request, 'traceparent') < 2) return;
    this.beginnings.moveToEnd(CREATE);
    this.calls.telemetry.problem(
      'observeHttpCalls traceparent',
      () =>
        'Another instrumentation of undici writes "traceparent", too, so one request has gone out with two. From now on its header is left alone.',
    );
  }

  private answered(request: UndiciRequest, { statusCode, headers }: Answer): void {
    const followed = this.followed.get(request);
    if (followed === undefined || !followed.call.answered(statusCode)) return;
    const { call } = followed;
    followed.head = headers;
    if (statusCode < 300 || statusCode > 308 || call.operation.context === undefined) return;
    const url = String(request.origin) + request.path;
    this.calls.redirects.add(call.context, statusCode, url, headerOf(headers, 'location'), call.resends);
  }

  private completed(request: UndiciRequest): void {
    const followed = this.take(request);
    if (followed === undefined) return;
    const { call, head } = followed;
    // undici 5 and 6 do not tell of the pieces of a body.
    if (call.received === 0 && request.method !== 'HEAD' && call.status !== 304) {
      call.received = Number(headerOf(head, 'content-length') ?? 0) || 0;
    }
    call.end();
  }

  private take(request: UndiciRequest): Followed | undefined {
    const followed = this.followed.get(request);
    if (followed !== undefined) this.followed.delete(request);
    return followed;
  }
}

const HEADERS: HeaderAccess<UndiciRequest> = {
  has: (request, name) => countOf(request, name) > 0,
  add: (request, name, value) => void request.addHeader(name, value),
};

function countOf({ headers }: UndiciRequest, name: string): number {
  if (typeof headers === 'string') return `\r\n${headers}`.toLowerCase().split(`\r\n${name}:`).length - 1;
  let count = 0;
  for (let at = 0; at < headers.length; at += 2) if (isNamed(headers[at], name)) count++;
  return count;
}

/** Of an answer: as it came in, names and values in turn, or an object over HTTP/2. */
function headerOf(headers: unknown, name: string): string | undefined {
  if (!Array.isArray(headers)) {
    const value =
      typeof headers === 'object' && headers !== null ? (headers as Record<string, unknown>)[name] : undefined;
    return value === undefined ? undefined : String(value);
  }
  for (let at = 0; at + 1 < headers.length; at += 2) if (isNamed(headers[at], name)) return String(headers[at + 1]);
  return undefined;
}

function isNamed(header: unknown, name: string): boolean {
  return (header as { readonly length?: number }).length === name.length && String(header).toLowerCase() === name;
}

function sizeOf(chunk: unknown): number {
  if (typeof chunk === 'string') return Buffer.byteLength(chunk);
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}

/** Tunnels and changes of protocol: undici before 6.29, and 7 before 7.30, do not tell what becomes of them, so they cannot be observed there. */
function tellsItsEnd(request: UndiciRequest): boolean {
  const isPlain = request.method !== 'CONNECT' && (request.upgrade === null || request.upgrade === undefined);
  return isPlain || /publish/i.test(String(request.onRequestUpgrade ?? request.onUpgrade));
}
