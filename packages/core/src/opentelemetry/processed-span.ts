import {
  type Attributes,
  type Context,
  type HrTime,
  type Link,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  type TimeInput,
  trace,
} from '@opentelemetry/api';
import type { InstrumentationScope } from '../resource.ts';
import { RecordingSpan, type SpanHome, type SpanOrigin } from '../spans/span.ts';
import type { MutableAttributes } from '../spans/span-attributes.ts';
import { hrTimeBetween, hrTimeOf } from './hr-time.ts';
import { type ReadableSpan, spanStatus, type TimedEvent, timedEvent } from './readable-span.ts';
import { type SdkResource, sdkResource } from './sdk-resource.ts';

/** As the SDK has them while a span goes on. */
const NO_END: HrTime = [0, 0];
const NO_DURATION: HrTime = [-1, -1];

/** Is told of the end of a span. Neither method throws. */
interface SpanOnlooker {
  /** The span has its end time, and may be changed for the last time. */
  ending(span: ProcessedSpan): void;
  ended(span: ProcessedSpan): void;
}

/**
 * A span that span processors look at, from its start on: with the fields of the SDK's spans besides the API's methods. It is the very span
 * that the service has in its hands, so what one changes the other sees.
 */
export class ProcessedSpan extends RecordingSpan implements ReadableSpan {
  readonly kind: SpanKind;
  readonly parentSpanContext?: SpanContext;
  readonly instrumentationScope: InstrumentationScope;
  private readonly onlooker: SpanOnlooker;
  private closing: boolean;

  constructor(
    onlooker: SpanOnlooker,
    home: SpanHome,
    name: string,
    kind: SpanKind,
    attributes: MutableAttributes,
    origin: SpanOrigin,
    startTime: TimeInput | undefined,
    parent: Context,
  ) {
    super(home, name, kind, attributes, origin, startTime);
    this.kind = kind;
    const parentContext = origin.parentSpanId === undefined ? undefined : trace.getSpanContext(parent);
    if (parentContext !== undefined) this.parentSpanContext = parentContext;
    this.instrumentationScope = home.scope;
    this.onlooker = onlooker;
    this.closing = false;
  }

  get name(): string {
    return this.data.name;
  }

  get startTime(): HrTime {
    return hrTimeOf(this.data.startTime);
  }

  get endTime(): HrTime {
    return this.closing ? hrTimeOf(this.data.endTime) : NO_END;
  }

  get duration(): HrTime {
    return this.closing ? hrTimeBetween(this.startTime, this.endTime) : NO_DURATION;
  }

  get ended(): boolean {
    return this.over;
  }

  get status(): SpanStatus {
    return spanStatus(this.data);
  }

  get attributes(): Attributes {
    return this.data.attributes as Attributes;
  }

  get events(): TimedEvent[] {
    return this.data.events.map(timedEvent);
  }

  get links(): Link[] {
    return [...this.data.links];
  }

  get resource(): SdkResource {
    return sdkResource(this.service);
  }

  get droppedAttributesCount(): number {
    return this.data.dropped.attributes;
  }

  get droppedEventsCount(): number {
    return this.data.dropped.events;
  }

  get droppedLinksCount(): number {
    return this.data.dropped.links;
  }

  protected override finish(endTime: number): void {
    // A processor that ends the span which it is told ends.
    if (!this.closing || this.over) super.finish(endTime);
  }

  protected override conclude(): void {
    this.closing = true;
    this.onlooker.ending(this);
    super.conclude();
    this.onlooker.ended(this);
  }
}
