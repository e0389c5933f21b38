import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { RequestEnd, RequestOperation, RequestStart, Telemetry } from '@telltale/core';
import type { Application } from './layer.ts';
import type { RouteTemplates } from './route-templates.ts';
import { pathOf, type RoutedRequest } from './routed-request.ts';

type Chunk = string | Uint8Array | (() => void) | null | undefined;
type Method = (this: ServerResponse, ...args: unknown[]) => unknown;

/** Registered, so that two copies of this package know of each other's exchanges. */
const EXCHANGE = Symbol.for('telltale.express.exchange');

type ObservedResponse = ServerResponse & { [EXCHANGE]?: Exchange };

/** What `error.type` says of a response that the service itself broke off without giving an error. */
const DESTROYED = { name: 'response_destroyed', message: 'The service destroyed the response before it was complete.' };

/** The exchange that a response belongs to, if it is observed. */
export function exchangeOf(response: ServerResponse): Exchange | undefined {
  return (response as ObservedResponse)[EXCHANGE];
}

/** One request and its response: turns what happens to them into calls of the operation. One object per request, no closures. */
export class Exchange implements RequestStart {
  readonly method: string;
  readonly scheme: string;
  private readonly request: RoutedRequest;
  private readonly response: ServerResponse;
  private readonly templates: RouteTemplates;
  private readonly withQuery: boolean;
  /** The application that the middleware is mounted in; by the time of the response, `request.app` can be one mounted in it. */
  private readonly app: Application | undefined;
  /** The response's own ways of putting bytes on the wire; 1xx responses do not take them. */
  readonly write: Method;
  readonly end: Method;
  readonly flushHeaders: Method;
  private operation: RequestOperation | undefined;
  private route: string | undefined;
  private error: unknown;
  private bytes: number;
  private begun: boolean;
  private ending: boolean;
  private over: boolean;

  constructor(request: RoutedRequest, response: ServerResponse, templates: RouteTemplates, withQuery: boolean) {
    this.method = request.method ?? '';
    this.scheme = schemeOf(request);
    this.request = request;
    this.response = response;
    this.templates = templates;
    this.withQuery = withQuery;
    this.app = request.app;
    this.write = response.write as Method;
    this.end = response.end as Method;
    this.flushHeaders = response.flushHeaders as Method;
    this.operation = undefined;
    this.route = undefined;
    this.error = undefined;
    this.bytes = 0;
    this.begun = false;
    this.ending = false;
    this.over = false;
  }

  // Read by the operation only if there is a span.
  get headers(): IncomingMessage['headers'] {
    return this.request.headers;
  }

  get path(): string {
    return pathOf(this.request);
  }

  get query(): string | undefined {
    if (!this.withQuery) return undefined;
    const { originalUrl = '' } = this.request;
    const at = originalUrl.indexOf('?');
    return at < 0 || at === originalUrl.length - 1 ? undefined : originalUrl.slice(at + 1);
  }

  get clientAddress(): string | undefined {
    const { request } = this;
    const { ip } = 'x-forwarded-for' in request.headers ? request : NOT_FORWARDED;
    return ip ?? request.socket.remoteAddress;
  }

  /** Starts the operation and listens to the response. */
  open(telemetry: Telemetry): RequestOperation {
    const response = this.response as ObservedResponse;
    const operation = telemetry.request(this);
    this.operation = operation;
    response[EXCHANGE] = this;
    response.write = write as typeof response.write;
    response.end = end as typeof response.end;
    response.flushHeaders = flushHeaders;
    // Both: emulated responses may emit only the first, and a connection that ends gives only the second.
    response.on('finish', finished);
    response.on('close', closed);
    return operation;
  }

  /** An error passes by on its way to an error handler; the first one is where it began. */
  failed(error: unknown): void {
    this.error ??= error;
  }

  /** A piece has been written before the end. Without a body, nothing is sent until then. */
  pieceSent(chunk: Chunk, encoding: unknown): void {
    if (this.ending || this.over || !this.hasBody()) return;
    this.bytes += sizeOf(chunk, encoding);
    this.begin();
    this.operation?.stream();
  }

  /** The head has been sent by itself. */
  headSent(): void {
    if (this.begun || this.over) return;
    this.begin();
    if (this.hasBody()) this.operation?.stream();
  }

  /** The rest is about to be sent. Emulated responses call `write` for it. */
  lastPiece(): void {
    this.ending = true;
  }

  lastPieceSent(chunk: Chunk, encoding: unknown): void {
    if (this.over) return;
    if (this.hasBody()) this.bytes += sizeOf(chunk, encoding);
    this.begin();
  }

  /** The response is complete, or never will be. */
  settled(complete: boolean): void {
    if (this.over) return;
    this.over = true;
    if (!this.begun) this.route = this.templateNow();
    this.operation?.end(complete ? this.answered() : this.broken());
  }

  private begin(): void {
    if (this.begun) return;
    this.begun = true;
    this.operation?.firstByte();
    // Now, as what the request says of its route changes when the handler passes on after it has answered.
    this.route = this.templateNow();
  }

  private answered(): RequestEnd {
    return {
      status: this.response.statusCode,
      route: this.route,
      error: this.error,
      requestBodySize: this.requestBodySize(),
      responseBodySize: this.bytes,
    };
  }

  private broken(): RequestEnd {
    const { route } = this;
    if (isClientGone(this.request, this.response)) return { ...this.answered(), aborted: true };
    // As with clients that go away, the status that was sent, if one was, is not what became of it.
    return { status: 500, route, error: this.error ?? this.response.errored ?? DESTROYED };
  }

  private templateNow(): string | undefined {
    try {
      const { request, error, response } = this;
      // Outside of all routers without an error: no route has taken the request, whichever looked at it.
      const unclaimed = request.baseUrl === undefined && error === undefined && response.statusCode === 404;
      return unclaimed ? undefined : this.templates.of(request, this.app, response.statusCode);
    } catch {
      return undefined; // a framework that is built differently
    }
  }

  private hasBody(): boolean {
    const { statusCode } = this.response;
    return this.method !== 'HEAD' && statusCode !== 204 && statusCode !== 304;
  }

  private requestBodySize(): number | undefined {
    const length = this.request.headers['content-length'];
    return length === undefined ? undefined : Number(length);
  }
}

/** Express's answers take a while, and say nothing new when no proxy has set a header. */
const NOT_FORWARDED: Pick<RoutedRequest, 'ip' | 'protocol'> = {};

/** One of two, whatever a header says. */
function schemeOf(request: RoutedRequest): 'http' | 'https' {
  const { protocol } = 'x-forwarded-proto' in request.headers ? request : NOT_FORWARDED;
  const isSecure = protocol === undefined ? (request.socket as Partial<TLSSocket>).encrypted : protocol === 'https';
  return isSecure === true ? 'https' : 'http';
}

/** The connection was ended by the other side, or broke; not by `response.destroy()` or `socket.destroy()`. */
function isClientGone({ socket }: IncomingMessage, response: ServerResponse): boolean {
  return socket.readableEnded || (socket.errored !== null && socket.errored !== response.errored);
}

function sizeOf(chunk: Chunk, encoding: unknown): number {
  if (typeof chunk === 'string') {
    return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  }
  return typeof chunk === 'object' && chunk !== null ? chunk.byteLength : 0;
}

// What stands in the place of the response's own methods. Each calls the own method first: when that throws, nothing was sent.

function write(this: ServerResponse, chunk: Chunk, encoding: unknown, callback: unknown): unknown {
  const exchange = exchangeOf(this) as Exchange;
  const result = exchange.write.call(this, chunk, encoding, callback);
  exchange.pieceSent(chunk, encoding);
  return result;
}

function end(this: ServerResponse, chunk: Chunk, encoding: unknown, callback: unknown): unknown {
  const exchange = exchangeOf(this) as Exchange;
  exchange.lastPiece();
  const result = exchange.end.call(this, chunk, encoding, callback);
  exchange.lastPieceSent(chunk, encoding);
  return result;
}

function flushHeaders(this: ServerResponse): void {
  const exchange = exchangeOf(this) as Exchange;
  exchange.flushHeaders.call(this);
  exchange.headSent();
}

function finished(this: ServerResponse): void {
  exchangeOf(this)?.settled(true);
}

function closed(this: ServerResponse): void {
  exchangeOf(this)?.settled(this.writableFinished);
}
