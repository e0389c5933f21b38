import type { Telemetry } from '@telltale/core';
import { type Destination, Destinations } from './destinations.ts';
import type { HttpCallsSettings } from './http-calls-settings.ts';
import { ObservedCall } from './observed-call.ts';
import { OutgoingCall } from './outgoing-call.ts';
import { redactedUrl } from './redacted-url.ts';
import { Redirects } from './redirects.ts';
import { addTraceHeaders, type HeaderAccess } from './trace-headers.ts';

/** The key under which OpenTelemetry marks a context whose calls are not to be observed; such are those of Telltale's exporters. */
const SUPPRESS_TRACING = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** The methods of RFC 9110 and RFC 5789, as `http.server.request.duration` has them. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);
const OTHER_METHOD = '_OTHER';
/** `GET http://host/path`, as it is sent to proxies. */
const ABSOLUTE = /^https?:\/\//i;

/** A request as its client has it. */
export interface Sent {
  readonly method: string;
  /** `http://host:port` of what is called. */
  readonly origin: string;
  /** Whether an origin without a port means the scheme's own. */
  readonly portIsKnown: boolean;
  /** What stands in the request line. */
  readonly path: string;
}

/** What is common to all clients: whether a call is observed, as what, and with which headers it goes out. */
export class HttpCalls {
  readonly telemetry: Telemetry;
  readonly redirects = new Redirects();
  private readonly settings: HttpCallsSettings;
  private readonly destinations: Destinations;
  /** Calls that are not over. */
  private open = 0;
  private onIdle: (() => void) | undefined = undefined;

  constructor(telemetry: Telemetry, settings: HttpCallsSettings) {
    this.telemetry = telemetry;
    this.settings = settings;
    this.destinations = new Destinations(settings.names, settings.hosts, telemetry);
  }

  /** A request was made and is about to be sent. `undefined`: it is not observed. `resends`: how often the same was asked for before. */
  start<Request>(
    request: Request,
    { method, origin, portIsKnown, path }: Sent,
    headers: HeaderAccess<Request>,
    resends: number,
  ): ObservedCall | undefined {
    const { telemetry, settings } = this;
    const context = telemetry.activeContext();
    if (context.getValue(SUPPRESS_TRACING) === true) return undefined;
    const proxied = ABSOLUTE.test(path) && URL.canParse(path) ? new URL(path) : undefined;
    const target = proxied === undefined ? path : proxied.pathname + proxied.search;
    const destination = this.destinations.at(proxied?.origin ?? origin, proxied !== undefined || portIsKnown);
    const known = METHODS.has(method) ? method : OTHER_METHOD;
    let asked = known;
    if (settings.asks) {
      const call = new OutgoingCall(method, destination.origin, destination.host, target);
      if (settings.skips(call)) return undefined;
      asked = settings.operationOf(call) ?? known;
    }
    const operation = telemetry.activeService().boundary({
      to: this.destinations.nameOf(destination),
      operation: asked,
      protocol: 'http',
      background: true,
    });
    this.open++;
    const observed = new ObservedCall(operation, context, this.ended);
    if (operation.context === undefined) return observed;
    observed.resends = Math.max(resends, this.redirects.follow(context, destination.origin, target));
    if (observed.isTraced) describe(observed, method, known, destination, target);
    addTraceHeaders(operation, request, headers);
    return observed;
  }

  /** Calls `then` once all calls are over that were started. */
  whenIdle(then: () => void): void {
    if (this.open === 0) then();
    else this.onIdle = then;
  }

  private readonly ended = (): void => {
    this.open--;
    if (this.open === 0) this.onIdle?.();
  };
}

/** OpenTelemetry's conventions for spans of HTTP clients. */
function describe(
  { operation: { span } }: ObservedCall,
  method: string,
  known: string,
  destination: Destination,
  target: string,
): void {
  if (span === undefined) return;
  span.updateName(known === OTHER_METHOD ? 'HTTP' : known);
  span.setAttribute('http.request.method', known);
  if (known === OTHER_METHOD) span.setAttribute('http.request.method_original', method);
  span.setAttribute('url.full', redactedUrl(destination.origin, target));
  span.setAttribute('server.address', destination.address);
  span.setAttribute('server.port', destination.port);
}

/** The connection that a call went over. */
export function describeConnection(
  { operation: { span } }: ObservedCall,
  version: string,
  socket: { readonly remoteAddress?: string | undefined; readonly remotePort?: number | undefined } | null | undefined,
): void {
  if (span === undefined) return;
  span.setAttribute('network.protocol.version', version);
  span.setAttribute('network.peer.address', socket?.remoteAddress);
  span.setAttribute('network.peer.port', socket?.remotePort);
}
