import { type Context, SpanKind } from '@opentelemetry/api';
import type { ATTR_HTTP_RESPONSE_STATUS_CODE } from '@opentelemetry/semantic-conventions';
import type { Attributes, AttributeValue } from '../attributes.ts';
import type { ERROR_TYPE } from '../spans/exception.ts';
import { errorType, Operation } from './operation.ts';
import type { Meter, OperationHome } from './operation-home.ts';

const STATUS: typeof ATTR_HTTP_RESPONSE_STATUS_CODE = 'http.response.status_code';

// Spelled out where objects are made of them, as in request.ts.
type EndAttributes = { readonly [Key in typeof STATUS | typeof ERROR_TYPE]: AttributeValue | undefined };

/** OpenTelemetry's advice for `http.client.request.duration`, in seconds, with places below for calls within the process. */
const DURATION_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Which call it is. */
export interface BoundaryOptions {
  /** The service that is called. */
  readonly to: string;
  /** What is asked of it: one of few, never a URL. */
  readonly operation: string;
  /** `http`, `grpc`, `sql`, …; left out when not given. */
  readonly protocol?: string;
  /** On the metrics, the span and the event: keep them few. */
  readonly attributes?: Attributes;
  /** What the call's span is part of; default: the active span. */
  readonly parent?: Context;
  /** The call is watched from outside: a shutdown waits for the work that makes it, not for the call itself. Default false. */
  readonly background?: boolean;
}

/** The instruments of all calls of other services. */
export class BoundaryMetrics {
  readonly duration;
  readonly active;
  readonly io;

  constructor(meter: Meter) {
    this.duration = meter.histogram('boundary.call.duration', {
      unit: 's',
      description:
        'Time of a call from one service to another, up to the first byte of the answer where that is known.',
      buckets: DURATION_BUCKETS,
    });
    this.active = meter.upDownCounter('boundary.active_calls', { unit: '{call}', description: 'Calls in flight.' });
    this.io = meter.counter('boundary.io', { unit: 'By', description: 'Bytes sent and received by calls.' });
  }
}

/** A call of another service. Made by `telemetry.boundary`. */
export class BoundaryOperation extends Operation {
  readonly kind = 'boundary';
  private readonly metrics: BoundaryMetrics;
  private readonly base: Attributes;
  private readonly name: string;
  private readonly background: boolean;
  private statusCode: number | undefined;
  private type: string | undefined;
  /** Seconds by the monotonic clock; NaN before. */
  private firstByteAt: number;

  constructor(home: OperationHome, metrics: BoundaryMetrics, from: string, options: BoundaryOptions) {
    const { to, operation, protocol, attributes } = options;
    const base = {
      ...attributes,
      'boundary.from': from,
      'boundary.to': to,
      'boundary.operation': operation,
      'boundary.protocol': protocol,
    };
    const parent = home.tracer === undefined ? undefined : (options.parent ?? home.contexts.active());
    const name = `${to} ${operation}`;
    super(
      home,
      parent && home.tracer?.start(name, SpanKind.CLIENT, { ...(base as Record<string, AttributeValue>) }, parent),
      parent,
    );
    this.name = name;
    this.metrics = metrics;
    this.base = base;
    this.background = options.background === true;
    this.statusCode = undefined;
    this.type = undefined;
    this.firstByteAt = Number.NaN;
    if (this.background) home.activity.operations--;
    metrics.active.add(1, base);
    this.tell('start');
  }

  /** Counts bytes moved in a direction: `sent`, `received`. */
  bytes(direction: string, count: number): void {
    if (this.ended) return;
    this.metrics.io.add(count, { ...this.base, 'io.direction': direction });
  }

  /** The HTTP status that came back. From 400 up the call counts as failed, with the status as its error type, as for any HTTP client. */
  status(code: number): void {
    if (this.ended) return;
    this.statusCode = code;
    this.span?.setAttribute(STATUS, code);
  }

  /**
   * The answer begins: the time that counts as the call's duration ends here, as that of a request being served does. How long its body is
   * read is up to the caller, and shows in the span. Only the first call counts.
   */
  firstByte(): void {
    if (Number.isNaN(this.firstByteAt)) this.firstByteAt = this.home.clock.monotonic();
  }

  /** Ends the call: records its metrics, ends its span, tells of it. Only the first call counts. With an error, one that is not null, it has failed. */
  end(error?: unknown): void {
    this.settled(error !== undefined && error !== null, error);
  }

  /** Ends the call by what its function did. */
  settled(failed: boolean, error: unknown): void {
    if (!this.finish()) return;
    if (this.background) this.home.activity.operations++;
    const now = this.home.clock.monotonic();
    const total = now - this.started;
    const duration = Number.isNaN(this.firstByteAt) ? total : this.firstByteAt - this.started;
    if (failed) this.type = errorType(error);
    else if (this.statusCode !== undefined && this.statusCode >= 400) this.type = String(this.statusCode);
    if (this.type !== undefined) this.span?.fail(error, this.type);
    this.span?.endAt(now);
    this.metrics.active.add(-1, this.base);
    this.metrics.duration.record(duration, this.eventAttributes(), this.context);
    const { type } = this;
    const given = type === undefined ? undefined : (error ?? { name: type, message: `${this.name} failed` });
    this.tellEnd(total, type === undefined ? 'completed' : 'failed', type !== undefined, given);
  }

  protected override title(): string {
    return this.name;
  }

  protected override eventAttributes(): Attributes {
    return {
      ...this.base,
      'http.response.status_code': this.statusCode,
      'error.type': this.type,
    } satisfies EndAttributes;
  }
}
