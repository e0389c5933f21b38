import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Attributes } from '../attributes.ts';
import type { RequestEnd, RequestOperation, RequestStart } from '../operations/request.ts';
import type { Telemetry } from '../telemetry.ts';
import type { HttpServerSettings } from './http-server-options.ts';
import { closeWithConnection } from './queued-responses.ts';
import { countBodyBytes, type RequestBody } from './request-body.ts';
import { errorOf, isClientGone, isFinished } from './response-end.ts';

type Chunk = string | Uint8Array | (() => void) | null | undefined;
type Method = (this: ServerResponse, ...args: unknown[]) => unknown;

/** Registered, so that two copies of this package know of each other's exchanges. */
const EXCHANGE = Symbol.for('telltale.http.exchange');

type ObservedResponse = ServerResponse & { [EXCHANGE]?: HttpExchange };

/** What `error.type` says of a response that the service itself broke off without giving an error. */
export const RESPONSE_DESTROYED = {
  name: 'response_destroyed',
  message: 'The service destroyed the response before it was complete.',
};

/** The exchange that a response belongs to, if it is observed. */
export function exchangeOf(response: ServerResponse): HttpExchange | undefined {
  return (response as ObservedResponse)[EXCHANGE];
}

/**
 * A request of `node:http` and its response: turns what happens to them into calls of the request operation. For adapters of frameworks, which
 * add what they know of routes and proxies. One object per request, no closures. Nothing throws.
 */
export abstract class HttpExchange<Request extends IncomingMessage = IncomingMessage> implements RequestStart {
  readonly method: string;
  protected readonly request: Request;
  protected readonly response: ServerResponse;
  private readonly settings: HttpServerSettings<Request>;
  /** The response's own ways of putting bytes on the wire; 1xx responses do not take them. */
  readonly write: Method;
  readonly end: Method;
  readonly flushHeaders: Method;
  /** What was thrown on the way to the response, as far as someone told. */
  protected error: unknown;
  private operation: RequestOperation | undefined;
  private requestBody: RequestBody | undefined;
  private foundRoute: string | undefined;
  private bytes: number;
  private begun: boolean;
  private ending: boolean;
  private over: boolean;

  constructor(request: Request, response: ServerResponse, settings: HttpServerSettings<Request>) {
    this.method = request.method ?? '';
    this.request = request;
    this.response = response;
    this.settings = settings;
    this.write = response.write as Method;
    this.end = response.end as Method;
    this.flushHeaders = response.flushHeaders as Method;
    this.error = undefined;
    this.operation = undefined;
    this.requestBody = undefined;
    this.foundRoute = undefined;
    this.bytes = 0;
    this.begun = false;
    this.ending = false;
    this.over = false;
  }

  /** The template of the route that took the request; `undefined` if none has. Asked when the head of the response goes out. May throw: that is `undefined` too. */
  protected abstract route(status: number): string | undefined;

  /** The URL as it came in, whatever the framework has made of `request.url` since. */
  protected get url(): string {
    return this.request.url ?? '';
  }

  // What follows is read by the operation, most of it only if there is a span.

  /** One of two, whatever a header says. */
  get scheme(): 'http' | 'https' {
    return (this.request.socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http';
  }

  get clientAddress(): string | undefined {
    return this.request.socket.remoteAddress;
  }

  get headers(): IncomingMessage['headers'] {
    return this.request.headers;
  }

  get path(): string {
    return pathOf(this.url);
  }

  get query(): string | undefined {
    return this.settings.query ? queryOf(this.url) : undefined;
  }

  /** Starts the operation and listens to the response. Call it once. */
  open(telemetry: Telemetry): RequestOperation {
    const response = this.response as ObservedResponse;
    const operation = telemetry.request(this);
    this.operation = operation;
    this.requestBody = countBodyBytes(this.request);
    response[EXCHANGE] = this as unknown as HttpExchange;
    response.write = write as typeof response.write;
    response.end = end as typeof response.end;
    response.flushHeaders = flushHeaders;
    // Both: emulated responses may emit only the first, and a connection that ends gives only the second.
    response.on('finish', finished);
    // First, as OpenTelemetry's instrumentation ends the span that is then this operation's.
    response.prependListener('close', closed);
    if (response.socket === null) closeWithConnection(this.request.socket, response, closed);
    return operation;
  }

  /** An error passes by on its way to whoever answers it; the first one is where it began. */
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
    if (!this.begun) this.foundRoute = this.routeNow();
    this.operation?.end(complete ? this.answered() : this.broken());
  }

  private begin(): void {
    if (this.begun) return;
    this.begun = true;
    this.operation?.firstByte();
    // Now, as what the request says of its route changes when the handler passes on after it has answered.
    this.foundRoute = this.routeNow();
  }

  private answered(): RequestEnd {
    return {
      status: this.response.statusCode,
      route: this.foundRoute,
      error: this.error,
      requestBodySize: this.requestBody?.size,
      responseBodySize: this.bytes,
      attributes: this.enriched(),
    };
  }

  private broken(): RequestEnd {
    if (isClientGone(this.request, this.response)) return { ...this.answered(), aborted: true };
    const { foundRoute: route, response } = this;
    // As with clients that go away, the status that was sent, if one was, is not what became of it.
    return {
      status: 500,
      route,
      error: this.error ?? errorOf(response) ?? RESPONSE_DESTROYED,
      attributes: this.enriched(),
    };
  }

  private enriched(): Attributes | undefined {
    return this.settings.enrichment?.attributesOf(this.request, this.operation?.context);
  }

  private routeNow(): string | undefined {
    try {
      return this.route(this.response.statusCode);
    } catch {
      return undefined; // a framework that is built differently
    }
  }

  private hasBody(): boolean {
    const { statusCode } = this.response;
    return this.method !== 'HEAD' && statusCode !== 204 && statusCode !== 304;
  }
}

/** The path of a URL as it came in, without the query string. */
export function pathOf(url: string): string {
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  if (path.startsWith('/')) return path;
  // `GET http://host/path`, as sent to proxies
  const scheme = path.indexOf('://');
  const slash = scheme < 0 ? -1 : path.indexOf('/', scheme + 3);
  return slash < 0 ? '/' : path.slice(slash);
}

/** What follows the question mark, if anything does. */
export function queryOf(url: string): string | undefined {
  const at = url.indexOf('?');
  return at < 0 || at === url.length - 1 ? undefined : url.slice(at + 1);
}

function sizeOf(chunk: Chunk, encoding: unknown): number {
  if (typeof chunk === 'string') {
    return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  }
  return typeof chunk === 'object' && chunk !== null ? chunk.byteLength : 0;
}

// What stands in the place of the response's own methods. Each calls the own method first: when that throws, nothing was sent.

function write(this: ServerResponse, chunk: Chunk, encoding: unknown, callback: unknown): unknown {
  const exchange = exchangeOf(this) as HttpExchange;
  const result = exchange.write.call(this, chunk, encoding, callback);
  exchange.pieceSent(chunk, encoding);
  return result;
}

function end(this: ServerResponse, chunk: Chunk, encoding: unknown, callback: unknown): unknown {
  const exchange = exchangeOf(this) as HttpExchange;
  // Ended before: whatever it is given now, nobody will see.
  if (this.writableEnded) return exchange.end.call(this, chunk, encoding, callback);
  exchange.lastPiece();
  const result = exchange.end.call(this, chunk, encoding, callback);
  exchange.lastPieceSent(chunk, encoding);
  return result;
}

function flushHeaders(this: ServerResponse): void {
  const exchange = exchangeOf(this) as HttpExchange;
  exchange.flushHeaders.call(this);
  exchange.headSent();
}

function finished(this: ServerResponse): void {
  exchangeOf(this)?.settled(isFinished(this));
}

function closed(this: ServerResponse): void {
  exchangeOf(this)?.settled(this.writableFinished);
}
