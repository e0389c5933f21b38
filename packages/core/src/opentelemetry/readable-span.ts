import {
  type Attributes,
  type HrTime,
  type Link,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  SpanStatusCode,
} from '@opentelemetry/api';
import type { InstrumentationScope } from '../resource.ts';
import type { FinishedSpan, SpanEvent } from '../spans/finished-span.ts';
import { hrTimeBetween, hrTimeOf } from './hr-time.ts';
import { type SdkResource, sdkResource } from './sdk-resource.ts';
import { parseTraceState } from './trace-state.ts';

/** Something that happened during a span, as OpenTelemetry's SDK has it. */
export interface TimedEvent {
  time: HrTime;
  name: string;
  attributes?: Attributes;
  droppedAttributesCount?: number;
}

/** A span as span processors and span exporters written for OpenTelemetry's SDK, 2.x or 3.x, are handed it. */
export interface ReadableSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly spanContext: () => SpanContext;
  readonly parentSpanContext?: SpanContext;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly links: Link[];
  readonly events: TimedEvent[];
  readonly duration: HrTime;
  readonly ended: boolean;
  readonly resource: SdkResource;
  readonly instrumentationScope: InstrumentationScope;
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

const STATUS = {
  unset: SpanStatusCode.UNSET,
  ok: SpanStatusCode.OK,
  error: SpanStatusCode.ERROR,
} as const satisfies Record<FinishedSpan['status'], SpanStatusCode>;

/** The status in the SDK's words. */
export function spanStatus({ status, statusMessage }: Pick<FinishedSpan, 'status' | 'statusMessage'>): SpanStatus {
  return { code: STATUS[status], ...(statusMessage !== undefined && { message: statusMessage }) };
}

/** An event in the SDK's words. */
export function timedEvent({ name, time, attributes, dropped = 0 }: SpanEvent): TimedEvent {
  return { name, time: hrTimeOf(time), attributes, droppedAttributesCount: dropped };
}

/** The same span in the SDK's words; times are in whole microseconds. All fields are its own, so that it can be spread. */
export function readableSpan(span: FinishedSpan): ReadableSpan {
  const { traceId, spanId, parentSpanId, parentIsRemote, traceFlags, dropped } = span;
  const traceState = parseTraceState(span.traceState);
  const shared = { traceId, traceFlags, ...(traceState && { traceState }) };
  const context: SpanContext = { ...shared, spanId };
  const startTime = hrTimeOf(span.startTime);
  const endTime = hrTimeOf(span.endTime);
  return {
    name: span.name,
    kind: span.kind,
    spanContext: () => context,
    ...(parentSpanId !== undefined && {
      parentSpanContext: { ...shared, spanId: parentSpanId, isRemote: parentIsRemote },
    }),
    startTime,
    endTime,
    status: spanStatus(span),
    attributes: span.attributes,
    links: [...span.links],
    events: span.events.map(timedEvent),
    duration: hrTimeBetween(startTime, endTime),
    ended: true,
    resource: sdkResource(span.resource),
    instrumentationScope: span.scope,
    droppedAttributesCount: dropped.attributes,
    droppedEventsCount: dropped.events,
    droppedLinksCount: dropped.links,
  };
}
