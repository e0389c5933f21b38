import { type Context, SpanKind } from '@opentelemetry/api';
import type { ATTR_HTTP_RESPONSE_STATUS_CODE } from '@opentelemetry/semantic-conventions';
import type { Attributes, AttributeValue } from '../attributes.ts';
import { settle } from '../settle.ts';
import type { ERROR_TYPE } from '../spans/exception.ts';
import { BoundaryCpu } from './boundary-cpu.ts';
import { type BoundaryMetrics, type BoundarySeries, baseOf } from './boundary-metrics.ts';
import { errorType, Operation } from './operation.ts';
import type { OperationHome } from './operation-home.ts';

const STATUS: typeof ATTR_HTTP_RESPONSE_STATUS_CODE = 'http.response.status_code';

// Spelled out where objects are made of them, as in request.ts.
type EndAttributes = { readonly [Key in typeof STATUS | typeof ERROR_TYPE]: AttributeValue | undefined };

/** How a call crosses. `native`, `wasm` and `thread` stay in the process: add-ons, WebAssembly, worker threads. Any other word is fine. */
export type BoundaryProtocol = 'native' | 'wasm' | 'thread' | 'http' | 'grpc' | 'sql' | (string & Record<never, never>);

/** Which call it is. */
export interface BoundaryOptions {
  /** The service that is called. */
  readonly to: string;
  /** What is asked of it: one of few, never a URL. */
  readonly operation: string;
  /** Left out when not given. */
  readonly protocol?: BoundaryProtocol;
  /** On the metrics, the span and the event: keep them few. */
  readonly attributes?: Attributes;
  /** What the call's span is part of; default: the active span. */
  readonly parent?: Context;
  /** The call is watched from outside: a shutdown waits for the work that makes it, not for the call itself. Default false. */
  readonly background?: boolean;
  /**
   * Measure CPU time, which tells computing from waiting. Of a function that is synchronous, its thread's; of others the process's, as long as
   * no other operation runs meanwhile: else it is counted as unknown. Costs a few microseconds. Default false.
   */
  readonly cpu?: boolean;
}

/** A call of another service. Made by `telemetry.boundary`. */
export class BoundaryOperation extends Operation {
  readonly kind = 'boundary';
  private readonly metrics: BoundaryMetrics;
  private readonly base: Attributes;
  /** `undefined`: with attributes of its own, or one of too many kinds. */
  private readonly series: BoundarySeries | undefined;
  private readonly name: string;
  private readonly background: boolean;
  private readonly cpu: BoundaryCpu | undefined;
  /** Its function is being called, and has not returned. */
  private inOneGo: boolean;
  private statusCode: number | undefined;
  private type: string | undefined;
  /** Seconds by the monotonic clock; NaN before. */
  private firstByteAt: number;

  constructor(home: OperationHome, metrics: BoundaryMetrics, from: string, options: BoundaryOptions) {
    const { to, operation, protocol, attributes } = options;
    const series = attributes === undefined ? metrics.seriesOf(from, to, operation, protocol) : undefined;
    const base = series?.base ?? baseOf(from, to, operation, protocol, attributes);
    const background = options.background === true;
    const cpu =
      options.cpu === true && metrics.cpu.wanted ? new BoundaryCpu(metrics.cpu, home.activity, background) : undefined;
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
    this.series = series;
    this.background = background;
    this.cpu = cpu;
    this.inOneGo = false;
    this.statusCode = undefined;
    this.type = undefined;
    this.firstByteAt = Number.NaN;
    if (background) {
      home.activity.operations--;
      home.activity.begun--;
    }
    if (series === undefined) metrics.active.add(1, base);
    else series.active.add(1);
    this.tell('start');
    cpu?.begin();
  }

  /** Runs `work` as the call, which ends with it. Gives what it gives, throws what it throws. */
  perform<T>(work: (call: BoundaryOperation) => T): T {
    this.inOneGo = true;
    const result = settle(
      () => (this.context === undefined ? work(this) : this.run(() => work(this))),
      (failed, error) => this.settled(failed, error),
    );
    this.inOneGo = false;
    return result;
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
    if (failed) this.type = errorType(error);
    else if (this.statusCode !== undefined && this.statusCode >= 400) this.type = String(this.statusCode);
    this.cpu?.end(this.base, this.inOneGo, total, this.span);
    if (this.type !== undefined) this.span?.fail(error, this.type);
    this.span?.endAt(now);
    this.record(Number.isNaN(this.firstByteAt) ? total : this.firstByteAt - this.started);
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

  private record(duration: number): void {
    const { metrics, series, base, span } = this;
    if (series === undefined) metrics.active.add(-1, base);
    else series.active.add(-1);
    const plain = this.statusCode === undefined && this.type === undefined;
    const ids = span?.exemplar();
    // A span that is no exemplar must not make way for the one that happens to be active.
    if (series !== undefined && plain && (ids !== undefined || span === undefined))
      series.duration.record(duration, ids);
    else metrics.duration.record(duration, plain ? base : this.eventAttributes(), this.context);
  }
}
