import { type Context, type Attributes as SpanAttributes, SpanKind } from '@opentelemetry/api';
import type {
  ATTR_CLIENT_ADDRESS,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_REQUEST_METHOD_ORIGINAL,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_URL_PATH,
  ATTR_URL_QUERY,
  ATTR_URL_SCHEME,
  ATTR_USER_AGENT_ORIGINAL,
} from '@opentelemetry/semantic-conventions';
import type { Attributes, AttributeValue } from '../attributes.ts';
import type { BoundUpDownCounter } from '../metrics/up-down-counter.ts';
import { ERROR_TYPE } from '../spans/exception.ts';
import { errorType, Operation } from './operation.ts';
import type { Meter, OperationHome } from './operation-home.ts';

const METHOD: typeof ATTR_HTTP_REQUEST_METHOD = 'http.request.method';
const STATUS: typeof ATTR_HTTP_RESPONSE_STATUS_CODE = 'http.response.status_code';
const ROUTE: typeof ATTR_HTTP_ROUTE = 'http.route';
const SCHEME: typeof ATTR_URL_SCHEME = 'url.scheme';

/** What all requests carry. */
export const REQUEST_ATTRIBUTES = [METHOD, ROUTE, STATUS, SCHEME, ERROR_TYPE] as const;

// Keys are spelled out where objects are made of them, and checked by these types: with computed keys, V8 makes an object property by
// property, in C++, as long as a function is not among the hottest. That is most of a microsecond for each object.
type MetricAttributes = { readonly [Key in (typeof REQUEST_ATTRIBUTES)[number]]?: AttributeValue | undefined };
type StartAttributes = {
  [Key in
    | typeof METHOD
    | typeof SCHEME
    | typeof ATTR_HTTP_REQUEST_METHOD_ORIGINAL
    | typeof ATTR_URL_PATH
    | typeof ATTR_URL_QUERY
    | typeof ATTR_USER_AGENT_ORIGINAL
    | typeof ATTR_CLIENT_ADDRESS]?: AttributeValue;
};

/** OpenTelemetry's advice for `http.server.request.duration`, in seconds. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** Streams live for seconds to hours. */
const STREAM_BUCKETS = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600, 14_400];
/** Powers of four from 64 B to 16 MiB. */
const SIZE_BUCKETS = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216];

/** The methods of RFC 9110 and RFC 5789; all others are `_OTHER`, since anyone may send any. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);
const OTHER_METHOD = '_OTHER';

/** The route of requests that no route took: one value, whatever the URL was. */
const NO_ROUTE = '(no route)';
/** The status of a request whose client went away, as nginx has it. */
const CLIENT_ABORT_STATUS = 499;
const CLIENT_ABORT = 'client_abort';

/** `http`, `https`, and room for what a proxy may say. */
const MAX_SCHEMES = 8;

/** What is known of a request when it comes in. */
export interface RequestStart {
  readonly method: string;
  /** Default `http`. */
  readonly scheme?: string | undefined;
  /** To continue the caller's trace; as `node:http` gives them, keys in lower case. */
  readonly headers?: Readonly<Record<string, unknown>>;
  /** For the span only: unbounded. */
  readonly path?: string | undefined;
  readonly query?: string | undefined;
  readonly clientAddress?: string | undefined;
  /** On the metrics and the span: keep them few. */
  readonly attributes?: Attributes | undefined;
  /**
   * The client asks for another protocol, such as WebSocket. The connection is then no request but a stream from its start to its end, and
   * `http.server.request.duration` and `http.server.active_requests` know nothing of it. It may last as long as the process: a signal that ends
   * the process does not wait for it.
   */
  readonly upgrade?: boolean;
}

/** What is known when it is over. */
export interface RequestEnd {
  readonly status: number;
  /** The route's template. Left out: no route took the request. */
  readonly route?: string | undefined;
  /** What was thrown, if it is known. */
  readonly error?: unknown;
  /** The client went away before the response was complete. */
  readonly aborted?: boolean;
  /** Bytes, where known. */
  readonly requestBodySize?: number | undefined;
  readonly responseBodySize?: number | undefined;
  /** On the metrics and the span, as those of the start: for what is only known now. */
  readonly attributes?: Attributes | undefined;
}

/** The instruments of all requests of a service. */
export class RequestMetrics {
  readonly duration;
  readonly requestSize;
  readonly responseSize;
  readonly streamDuration;
  readonly activeStreams;
  private readonly active;
  /** By scheme and method. */
  private readonly bound = new Map<string, Map<string, BoundUpDownCounter>>();

  constructor(meter: Meter) {
    this.duration = meter.histogram('http.server.request.duration', {
      unit: 's',
      description: 'Time from the request to the first byte of its response.',
      buckets: DURATION_BUCKETS,
    });
    this.active = meter.upDownCounter('http.server.active_requests', {
      unit: '{request}',
      description: 'Requests in flight.',
    });
    this.requestSize = meter.histogram('http.server.request.body.size', {
      unit: 'By',
      description: 'Size of request bodies.',
      buckets: SIZE_BUCKETS,
    });
    this.responseSize = meter.histogram('http.server.response.body.size', {
      unit: 'By',
      description: 'Size of response bodies.',
      buckets: SIZE_BUCKETS,
    });
    this.streamDuration = meter.histogram('http.server.stream.duration', {
      unit: 's',
      description: 'Time from the first byte of a streamed response, or the request for another protocol, to its end.',
      buckets: STREAM_BUCKETS,
    });
    this.activeStreams = meter.upDownCounter('http.server.active_streams', {
      unit: '{stream}',
      description: 'Streamed responses and connections of other protocols that are open.',
    });
  }

  /** Every request records here twice, with attributes that have few values: the series is looked for once. */
  activeOf(method: string, scheme: string): BoundUpDownCounter {
    let methods = this.bound.get(scheme);
    if (methods === undefined) {
      methods = new Map();
      // A scheme is a caller's text.
      if (this.bound.size < MAX_SCHEMES) this.bound.set(scheme, methods);
    }
    let series = methods.get(method);
    if (series === undefined) {
      series = this.active.bind(activeAttributes(method, scheme));
      methods.set(method, series);
    }
    return series;
  }
}

/** A request being served. Made by `telemetry.request`; an adapter calls `firstByte`, `stream` and `end` as they happen. */
export class RequestOperation extends Operation {
  readonly kind = 'request';
  private readonly metrics: RequestMetrics;
  /** A copy: the caller may go on using its object. */
  private attributes: Attributes | undefined;
  private readonly method: string;
  private readonly scheme: string;
  /** Missing for an upgrade. */
  private readonly active: BoundUpDownCounter | undefined;
  private route: string;
  private status: number;
  private type: AttributeValue | undefined;
  /** Seconds by the monotonic clock; NaN before. */
  private firstByteAt: number;
  private streaming: boolean;

  constructor(home: OperationHome, metrics: RequestMetrics, start: RequestStart) {
    const method = METHODS.has(start.method) ? start.method : OTHER_METHOD;
    const { tracer } = home;
    const active = tracer === undefined ? undefined : home.contexts.active();
    const theirs = active && tracer?.serverSpan(active);
    theirs?.addMissing(spanAttributes(start, method));
    const parent = theirs === undefined ? active && parentOf(home, start, active) : active;
    super(
      home,
      theirs ?? (parent && tracer?.start(spanName(method), SpanKind.SERVER, spanAttributes(start, method), parent)),
      parent,
    );
    this.metrics = metrics;
    this.attributes = start.attributes && { ...start.attributes };
    this.method = method;
    this.scheme = start.scheme ?? 'http';
    this.route = NO_ROUTE;
    this.status = 0;
    this.type = undefined;
    this.firstByteAt = Number.NaN;
    this.streaming = false;
    this.active = start.upgrade === true ? undefined : metrics.activeOf(method, this.scheme);
    if (this.active !== undefined) this.active.add(1);
    else {
      home.activity.operations--;
      this.stream();
    }
    this.tell('start');
  }

  /** The response's head goes out: the time that counts as the request's duration ends here. Only the first call counts. */
  firstByte(): void {
    if (Number.isNaN(this.firstByteAt)) this.firstByteAt = this.home.clock.monotonic();
  }

  /** The response turns out to come in pieces: its life is then a stream's, apart from the request's duration. */
  stream(): void {
    if (this.streaming || this.ended) return;
    this.firstByte();
    this.streaming = true;
    this.metrics.activeStreams.add(1, this.activeAttributes());
  }

  /** Ends the request: records its metrics, ends its span, tells of it. Only the first call counts. */
  end(end: RequestEnd): void {
    if (!this.finish()) return;
    if (this.active === undefined) this.home.activity.operations++;
    const now = this.endTime();
    const firstByteAt = Number.isNaN(this.firstByteAt) ? now : this.firstByteAt;
    const aborted = end.aborted === true;
    if (end.attributes !== undefined) this.attributes = { ...this.attributes, ...end.attributes };
    this.route = end.route ?? NO_ROUTE;
    this.status = aborted ? CLIENT_ABORT_STATUS : end.status;
    this.type = aborted ? CLIENT_ABORT : errorTypeOf(end);
    this.endSpan(end, now);
    this.record(end, firstByteAt - this.started, now - firstByteAt);
    const failed = this.type !== undefined;
    const outcome = aborted ? 'aborted' : failed ? 'failed' : 'completed';
    const error = failed ? (end.error ?? { name: this.type, message: `status ${this.status}` }) : undefined;
    this.tellEnd(now - this.started, outcome, failed, error);
  }

  protected override title(): string {
    return `${this.method} ${this.route}`;
  }

  protected override eventAttributes(): Attributes {
    return this.status === 0 ? { ...this.attributes, ...this.activeAttributes() } : this.endAttributes();
  }

  /** Seconds by the monotonic clock; where nobody asks how long the rest took, the first byte's, as reading it costs as much as a metric. */
  private endTime(): number {
    const { firstByteAt, span, streaming, home } = this;
    const isAsked = Number.isNaN(firstByteAt) || span !== undefined || streaming || !home.hooks.silent;
    return isAsked ? home.clock.monotonic() : firstByteAt;
  }

  private record(end: RequestEnd, duration: number, streamDuration: number): void {
    const { metrics, context } = this;
    const attributes = this.endAttributes();
    if (this.active !== undefined) {
      this.active.add(-1);
      metrics.duration.record(duration, attributes, context);
    }
    if (end.requestBodySize !== undefined) metrics.requestSize.record(end.requestBodySize, attributes, context);
    if (end.responseBodySize !== undefined) metrics.responseSize.record(end.responseBodySize, attributes, context);
    if (!this.streaming) return;
    metrics.activeStreams.add(-1, this.activeAttributes());
    metrics.streamDuration.record(streamDuration, attributes, context);
  }

  private endSpan(end: RequestEnd, now: number): void {
    const { span } = this;
    if (span === undefined) return;
    if (span.isRecording()) {
      span.updateName(spanName(this.method, end.route));
      if (end.attributes !== undefined) {
        span.setAttributes(end.attributes as SpanAttributes);
        span.setAttributes(this.activeAttributes());
      }
      if (end.route !== undefined) span.setAttribute(ROUTE, end.route);
      span.setAttribute(STATUS, this.status);
      if (this.type !== undefined) span.fail(end.error, String(this.type));
    }
    span.endAt(now);
  }

  private activeAttributes(): Attributes & SpanAttributes {
    return activeAttributes(this.method, this.scheme);
  }

  private endAttributes(): Attributes {
    const own = {
      'http.request.method': this.method,
      'http.route': this.route,
      'http.response.status_code': this.status,
      'url.scheme': this.scheme,
      'error.type': this.type,
    } satisfies MetricAttributes;
    return this.attributes === undefined ? own : { ...this.attributes, ...own };
  }
}

function activeAttributes(method: string, scheme: string) {
  return { 'http.request.method': method, 'url.scheme': scheme } satisfies MetricAttributes;
}

function parentOf(home: OperationHome, start: RequestStart, active: Context): Context {
  return start.headers === undefined ? active : home.extract(start.headers, active);
}

/** What is not always there is assigned one by one: five spreads would cost as much as the rest of the span. */
function spanAttributes(start: RequestStart, method: string): SpanAttributes {
  const { scheme = 'http', path, query, headers, clientAddress } = start;
  const attributes: StartAttributes = { ...start.attributes, 'http.request.method': method, 'url.scheme': scheme };
  if (method === OTHER_METHOD) attributes['http.request.method_original'] = start.method;
  if (path !== undefined) attributes['url.path'] = path;
  if (query !== undefined) attributes['url.query'] = query;
  const userAgent = headers?.['user-agent'];
  if (typeof userAgent === 'string') attributes['user_agent.original'] = userAgent;
  if (clientAddress !== undefined) attributes['client.address'] = clientAddress;
  return attributes;
}

/** What spans call an unknown method. */
function spanName(method: string, route?: string): string {
  const shown = method === OTHER_METHOD ? 'HTTP' : method;
  return route === undefined ? shown : `${shown} ${route}`;
}

/** A server's fault is an error, a client's is not: OpenTelemetry's rule for servers. */
function errorTypeOf({ status, error }: RequestEnd): string | undefined {
  if (status < 500) return undefined;
  return error === undefined ? String(status) : errorType(error);
}
