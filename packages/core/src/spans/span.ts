import {
  type Attributes,
  type Context,
  type Exception,
  type Link,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
  TraceFlags,
  type TraceState,
} from '@opentelemetry/api';
import type { Clock } from '../clock.ts';
import type { Diagnostics } from '../diagnostics.ts';
import type { InstrumentationScope, Resource } from '../resource.ts';
import { ContextWithSpan } from './context-with-span.ts';
import {
  describeException,
  ERROR_TYPE,
  ERROR_TYPE_OTHER,
  EXCEPTION,
  type ExceptionDescription,
  exceptionAttributes,
} from './exception.ts';
import type { FinishedSpan, SpanEvent } from './finished-span.ts';
import type { GivenIds } from './id-generator.ts';
import type { SpanFate, WaitingSpan } from './local-trace.ts';
import { type Moment, momentAfter, timeAt } from './moment.ts';
import type { OperationSpan, SpanReference } from './operation-span.ts';
import {
  acceptedValue,
  cleanAttributes,
  type MutableAttributes,
  NO_ATTRIBUTES,
  reportAttribute,
} from './span-attributes.ts';
import { newSpanId } from './span-ids.ts';
import type { SpanLimits } from './span-limits.ts';
import { isTimeInput, secondsOf } from './time-input.ts';

/** What all spans of a tracer share. */
export interface SpanHome {
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly limits: SpanLimits;
  readonly scope: InstrumentationScope;
  readonly resource: Resource;
  /** Missing where ids are ours. */
  readonly ids: GivenIds | undefined;
  readonly onEnd: (span: FinishedSpan) => void;
}

/** Where a span comes from: its trace, its parent, and who decides about it. */
export interface SpanOrigin {
  readonly traceId: string;
  readonly traceState: TraceState | undefined;
  /** `RANDOM_TRACE_ID_FLAG` as it came with the trace, or 0. */
  readonly randomFlag: number;
  readonly parentSpanId: string | undefined;
  readonly parentIsRemote: boolean;
  /** Missing unless the parent is one of ours. */
  readonly parentStart: Moment | undefined;
  /** Decides at the end; missing when the span is sampled from its start. */
  readonly localTrace: SpanFate | undefined;
  /** Whether the local trace began with this span. */
  readonly isLocalRoot: boolean;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type SpanData = Omit<Mutable<FinishedSpan>, 'attributes'> & { readonly attributes: MutableAttributes };

// Shared by all spans that have none, which is nearly all; replaced by a span's own with the first event, link or drop.
const NO_EVENTS: readonly SpanEvent[] = Object.freeze([]);
const NO_LINKS: readonly Link[] = Object.freeze([]);
const NONE_DROPPED: FinishedSpan['dropped'] = Object.freeze({ attributes: 0, events: 0, links: 0 });

/**
 * A span that collects what happens until its end. No method throws; after the end nothing is recorded. The finished span it hands out
 * is the very data it collected, so nothing is copied; what callers hand in is.
 */
export class RecordingSpan implements OperationSpan, WaitingSpan {
  readonly origin: SpanOrigin;
  readonly start: Moment;
  protected readonly home: SpanHome;
  protected readonly data: SpanData;
  /** How often an attribute was set: never less than there are. */
  private attributeCount: number;
  protected over: boolean;
  private context: SpanContext | undefined;

  /** `attributes` is the span's from now on. */
  constructor(
    home: SpanHome,
    name: string,
    kind: SpanKind,
    attributes: MutableAttributes,
    origin: SpanOrigin,
    startTime?: TimeInput,
  ) {
    const { clock, limits } = home;
    const given = startTime === undefined ? Number.NaN : secondsOf(startTime, clock);
    this.origin = origin;
    this.start = Number.isNaN(given) ? momentAfter(origin.parentStart, clock) : { time: given, monotonic: Number.NaN };
    this.home = home;
    this.over = false;
    this.context = undefined;
    this.data = spanData(home, name, kind, attributes, origin, this.start.time);
    const valid = cleanAttributes(attributes, limits.attributes, limits.attributeLength, home.diagnostics);
    this.attributeCount = valid;
    if (valid > limits.attributes) {
      this.attributeCount = limits.attributes;
      this.drop('attributes', valid - limits.attributes);
    }
  }

  /** The service it is part of. */
  get service(): Resource {
    return this.home.resource;
  }

  get inContext(): this {
    return this;
  }

  get traceId(): string {
    return this.data.traceId;
  }

  get spanId(): string {
    return this.data.spanId;
  }

  get failed(): boolean {
    return this.data.status === 'error';
  }

  /** Seconds from start to end, once it has ended. */
  get seconds(): number {
    return this.data.endTime - this.data.startTime;
  }

  spanContext(): SpanContext {
    if (this.context === undefined) {
      const { traceId, spanId, traceFlags } = this.data;
      const { traceState } = this.origin;
      this.context =
        traceState === undefined ? { traceId, spanId, traceFlags } : { traceId, spanId, traceFlags, traceState };
    }
    return this.context;
  }

  within(parent: Context): Context {
    return new ContextWithSpan(parent, this);
  }

  isRecording(): boolean {
    return !this.over;
  }

  setAttribute(key: string, value: unknown): this {
    if (this.over || value === undefined || value === null) return this;
    const { limits, diagnostics } = this.home;
    const kept =
      typeof key !== 'string' || key === '' || key === '__proto__'
        ? undefined
        : acceptedValue(value, limits.attributeLength);
    if (kept === undefined) {
      reportAttribute(typeof key === 'string' ? key : '', value, diagnostics);
      return this;
    }
    const { attributes } = this.data;
    if (++this.attributeCount > limits.attributes && !this.hasRoomFor(key)) {
      this.drop('attributes', 1);
      return this;
    }
    attributes[key] = kept;
    return this;
  }

  setAttributes(attributes: Attributes): this {
    if (this.over || !isObject(attributes)) return this;
    for (const key of Object.keys(attributes)) this.setAttribute(key, attributes[key]);
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (this.over) return this;
    if (isTimeInput(attributesOrTime)) this.pushEvent(name, undefined, time ?? attributesOrTime);
    else this.pushEvent(name, attributesOrTime, time);
    return this;
  }

  addLink(link: Link): this {
    if (this.over) return this;
    const { context, attributes } = isObject(link) ? link : { context: undefined, attributes: undefined };
    if (!isObject(context) || typeof context.traceId !== 'string' || typeof context.spanId !== 'string') {
      this.home.diagnostics.problem(
        'ERR_VALUE',
        'link',
        () => 'A span link without a span context was left out; give { context: span.spanContext() }.',
      );
      return this;
    }
    const own: Mutable<Link> = { context: { ...context } };
    if (attributes !== undefined) {
      const { kept, dropped } = this.copyOf(attributes, this.home.limits.linkAttributes);
      own.attributes = kept;
      if (dropped > 0) own.droppedAttributesCount = dropped;
    }
    this.data.links = this.pushWithin('links', this.data.links, NO_LINKS, own);
    return this;
  }

  addLinks(links: readonly Link[]): this {
    if (Array.isArray(links)) for (const link of links as readonly Link[]) this.addLink(link);
    return this;
  }

  setStatus(status: SpanStatus): this {
    const { data } = this;
    // By the specification `ok` is final, and `unset` cannot be set.
    if (this.over || data.status === 'ok' || !isObject(status)) return this;
    const { code, message } = status;
    if (code !== SpanStatusCode.OK && code !== SpanStatusCode.ERROR) return this;
    data.status = code === SpanStatusCode.OK ? 'ok' : 'error';
    if (data.status === 'error' && typeof message === 'string') data.statusMessage = message;
    else if (data.statusMessage !== undefined) delete data.statusMessage;
    return this;
  }

  updateName(name: string): this {
    if (!this.over && typeof name === 'string') this.data.name = name;
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    if (!this.over) this.pushException(describeException(exception), time);
  }

  /** Marks the span as failed by what was thrown: an exception event, status error, and `error.type` (the error's code or name unless given). */
  fail(error: unknown, type?: string): void {
    if (this.over) return;
    const exception = describeException(error);
    this.pushException(exception, undefined);
    this.setAttribute(ERROR_TYPE, type ?? exception.type ?? ERROR_TYPE_OTHER);
    this.setStatus(
      exception.message === undefined
        ? { code: SpanStatusCode.ERROR }
        : { code: SpanStatusCode.ERROR, message: exception.message },
    );
  }

  end(endTime?: TimeInput): void {
    this.finish(this.timeOf(endTime));
  }

  /** Ends the span at what the monotonic clock has just given the caller. */
  endAt(monotonic: number): void {
    this.finish(timeAt(monotonic, this.start, this.home.clock));
  }

  send(): void {
    const { traceState } = this.origin;
    if (traceState !== undefined) {
      const serialized = serialize(traceState);
      if (serialized !== '') this.data.traceState = serialized;
    }
    this.home.onEnd(this.data);
  }

  /** This span as the example of a measurement; `undefined` unless it is certain that the span reaches the exporters once it ends. */
  exemplar(): SpanReference | undefined {
    const { localTrace } = this.origin;
    return localTrace !== undefined && !localTrace.kept ? undefined : this;
  }

  protected finish(endTime: number): void {
    const { data } = this;
    if (this.over) {
      this.home.diagnostics.problem(
        'ERR_VALUE',
        `end ${data.name}`,
        () => `The span "${data.name}" was ended more than once; the first end counts.`,
      );
      return;
    }
    data.endTime = Math.max(endTime, data.startTime);
    this.conclude();
    const { localTrace, isLocalRoot } = this.origin;
    if (localTrace === undefined) this.send();
    else localTrace.ended(this, isLocalRoot);
  }

  /** The end time is known: from here on nothing is recorded. */
  protected conclude(): void {
    this.over = true;
  }

  private pushException(exception: ExceptionDescription, time: TimeInput | undefined): void {
    const attributes = exceptionAttributes(exception);
    if (attributes !== undefined) this.pushEvent(EXCEPTION, attributes, time);
  }

  private pushEvent(name: string, attributes: unknown, time: TimeInput | undefined): void {
    const { kept, dropped } = this.copyOf(attributes, this.home.limits.eventAttributes);
    const event: Mutable<SpanEvent> = {
      name: typeof name === 'string' ? name : '',
      time: this.timeOf(time),
      attributes: kept,
    };
    if (dropped > 0) event.dropped = dropped;
    this.data.events = this.pushWithin('events', this.data.events, NO_EVENTS, event);
  }

  /** The list with the item at its end, its first one dropped if need be. */
  private pushWithin<T>(kind: 'events' | 'links', list: readonly T[], none: readonly T[], item: T): readonly T[] {
    const own = list === none ? [] : (list as T[]); // all but the shared empty one are this span's own
    own.push(item);
    if (own.length > this.home.limits[kind]) {
      own.shift();
      this.drop(kind, 1);
    }
    return own;
  }

  private copyOf(attributes: unknown, max: number): Copied {
    if (!isObject(attributes)) return NOTHING_COPIED;
    const { limits, diagnostics } = this.home;
    const kept: MutableAttributes = { ...attributes };
    const excess = cleanAttributes(kept, max, limits.attributeLength, diagnostics) - max;
    return { kept: kept as Attributes, dropped: Math.max(0, excess) };
  }

  private timeOf(given: TimeInput | undefined): number {
    const { clock } = this.home;
    if (given !== undefined) {
      const seconds = secondsOf(given, clock);
      if (!Number.isNaN(seconds)) return seconds;
    }
    return timeAt(clock.monotonic(), this.start, clock);
  }

  /** The exact answer, which costs a look at all attributes, and is only asked for when there may be none. */
  private hasRoomFor(key: string): boolean {
    const { attributes } = this.data;
    this.attributeCount = Object.keys(attributes).length;
    if (Object.hasOwn(attributes, key)) return true;
    if (this.attributeCount >= this.home.limits.attributes) return false;
    this.attributeCount++;
    return true;
  }

  private drop(kind: keyof FinishedSpan['dropped'], count: number): void {
    const { dropped } = this.data;
    this.data.dropped = { ...dropped, [kind]: dropped[kind] + count };
  }
}

/** Someone's attributes as they are kept, and how many there was no room for. */
interface Copied {
  readonly kept: Attributes;
  readonly dropped: number;
}

const NOTHING_COPIED: Copied = Object.freeze({ kept: NO_ATTRIBUTES as Attributes, dropped: 0 });

function spanData(
  { scope, resource, ids }: SpanHome,
  name: string,
  kind: SpanKind,
  attributes: MutableAttributes,
  { traceId, randomFlag, parentSpanId, parentIsRemote, localTrace }: SpanOrigin,
  startTime: number,
): SpanData {
  const spanId = ids === undefined ? newSpanId() : ids.spanId();
  const traceFlags = (localTrace === undefined ? TraceFlags.SAMPLED : TraceFlags.NONE) | randomFlag;
  const endTime = startTime;
  const [status, events, links, dropped] = ['unset', NO_EVENTS, NO_LINKS, NONE_DROPPED] as const;
  // Two whole literals, as adding the key later or spreading one into the other takes longer than all the rest. On a root the key is missing.
  // biome-ignore format: the difference shows
  return parentSpanId === undefined
    ? { traceId, spanId, parentIsRemote, traceFlags, name, kind, startTime, endTime, status, attributes, events, links, dropped, scope, resource }
    : { traceId, spanId, parentSpanId, parentIsRemote, traceFlags, name, kind, startTime, endTime, status, attributes, events, links, dropped, scope, resource };
}

function serialize(traceState: TraceState): string {
  try {
    return traceState.serialize();
  } catch {
    return ''; // someone else's implementation
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
