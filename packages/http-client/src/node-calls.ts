import type { ClientRequest, IncomingMessage } from 'node:http';
import { messageOf } from '@telltale/core';
import { ABORTED } from './given-up.ts';
import { describeConnection, type HttpCalls } from './http-calls.ts';
import type { ObservedCall } from './observed-call.ts';
import { Subscriptions } from './subscriptions.ts';
import type { HeaderAccess } from './trace-headers.ts';

const CLOSE = 'close';

/** A request of `node:http`, with what its types leave out. */
interface NodeRequest extends ClientRequest {
  readonly res?: IncomingMessage | null;
  /** Known once the head is made; `null` of bodies in chunks. */
  readonly _contentLength?: number | null;
}

/** What got says on its responses. */
type Retried = IncomingMessage & { readonly retryCount?: unknown };

interface Followed {
  readonly call: ObservedCall;
  error: unknown;
}

/** Observes the requests of `node:http` and `node:https`, and thereby those of most libraries. */
export class NodeCalls {
  private readonly calls: HttpCalls;
  private readonly followed = new WeakMap<ClientRequest, Followed>();
  private readonly beginnings: Subscriptions;
  private readonly rest: Subscriptions;
  private readonly onClose: (this: NodeRequest) => void;

  constructor(calls: HttpCalls) {
    const { telemetry } = calls;
    this.calls = calls;
    this.beginnings = new Subscriptions(telemetry);
    this.rest = new Subscriptions(telemetry);
    const closed = (request: NodeRequest): void => this.closed(request);
    // One function for all requests, which is called on the request.
    this.onClose = function (this: NodeRequest): void {
      try {
        closed(this);
      } catch (error) {
        telemetry.problem('http.client close', () => `The end of a request is not understood: ${messageOf(error)}`);
      }
    };
    this.beginnings.add('http.client.request.created', ({ request }: { request: NodeRequest }) =>
      this.created(request),
    );
    this.rest.add(
      'http.client.response.finish',
      ({ request, response }: { request: NodeRequest; response: IncomingMessage }) => this.answered(request, response),
    );
    this.rest.add('http.client.request.error', ({ request, error }: { request: NodeRequest; error: unknown }) =>
      this.failed(request, error),
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

  private created(request: NodeRequest): void {
    const { method, path } = request;
    const { origin, portIsKnown } = originOf(request);
    const call = this.calls.start(request, { method, origin, portIsKnown, path }, HEADERS, 0);
    if (call === undefined) return;
    this.followed.set(request, { call, error: undefined });
    request.on(CLOSE, this.onClose);
  }

  /** The head of the answer; Node calls it `finish`. */
  private answered(request: NodeRequest, response: IncomingMessage): void {
    const call = this.followed.get(request)?.call;
    if (!call?.answered(response.statusCode ?? 0) || call.operation.context === undefined) return;
    if (call.isTraced) describeConnection(call, response.httpVersion, request.socket);
    const { location } = response.headers;
    if (location === undefined) return;
    const url = originOf(request).origin + request.path;
    this.calls.redirects.add(call.context, call.status, url, location, call.resends);
  }

  private failed(request: NodeRequest, error: unknown): void {
    const followed = this.followed.get(request);
    if (followed === undefined) return;
    followed.error ??= error;
    if (followed.call.status === 0) this.end(request, followed);
  }

  /** The last that a request says, whatever became of it. */
  private closed(request: NodeRequest): void {
    const followed = this.followed.get(request);
    if (followed !== undefined) this.end(request, followed);
  }

  private end(request: NodeRequest, { call, error }: Followed): void {
    this.followed.delete(request);
    const { res } = request;
    if (request.writableFinished) call.sent = lengthOf(request);
    if (res === undefined || res === null) {
      call.end(isOwnDoing(request, error) ? ABORTED : error);
      return;
    }
    // Tunnels and changes of protocol have no `response.finish`.
    call.answered(res.statusCode ?? 0);
    const { retryCount } = res as Retried;
    if (typeof retryCount === 'number') call.resends += retryCount;
    if (res.complete) {
      if (hasBody(request, res)) call.received = Number(res.headers['content-length'] ?? 0) || 0;
      call.end();
    } else {
      const reason = error ?? res.errored;
      call.end(isOwnDoing(request, reason) ? ABORTED : reason);
    }
  }
}

const HEADERS: HeaderAccess<NodeRequest> = {
  has: (request, name) => request.hasHeader(name),
  add: (request, name, value) => {
    // Headers that are given as an array, and those with `Expect`, are finished by now.
    if (!request.headersSent) request.setHeader(name, value);
  },
};

/** Where the request goes. Its port shows in the `Host` header only, unless the service has set that to something else. */
function originOf(request: NodeRequest): { readonly origin: string; readonly portIsKnown: boolean } {
  const { protocol } = request;
  const host = request.host.includes(':') && !request.host.startsWith('[') ? `[${request.host}]` : request.host;
  const header = request.getHeader('host');
  const portIsKnown = typeof header === 'string' && (header === host || header.startsWith(`${host}:`));
  return { origin: `${protocol}//${portIsKnown ? header : host}`, portIsKnown };
}

/** Whether the service itself has ended the connection, without saying why: Node then speaks of a reset or of nothing. */
function isOwnDoing({ socket }: NodeRequest, error: unknown): boolean {
  if (error === undefined || error === null) return true;
  if ((error as { readonly code?: unknown }).code !== 'ECONNRESET') return false;
  return socket === null || socket === undefined || (!socket.readableEnded && socket.errored === null);
}

/** Bytes of the request's body, where Node knows. */
function lengthOf(request: NodeRequest): number {
  return request._contentLength ?? (Number(request.getHeader('content-length') ?? 0) || 0);
}

function hasBody({ method }: NodeRequest, { statusCode }: IncomingMessage): boolean {
  return method !== 'HEAD' && statusCode !== 204 && statusCode !== 304;
}
