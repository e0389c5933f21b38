import type { Attributes, Link, SpanKind } from '@opentelemetry/api';
import type { InstrumentationScope, Resource } from '../resource.ts';

/** Something that happened during a span, with its time in seconds since the Unix epoch. */
export interface SpanEvent {
  readonly name: string;
  readonly time: number;
  readonly attributes: Attributes;
  /** How many of its attributes the limit on them left out; missing when it left out none. */
  readonly dropped?: number;
}

/** A span after its end: what exporters see. Read-only; the same object goes to every exporter. */
export interface FinishedSpan {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits. */
  readonly spanId: string;
  /** Missing on the root of a trace. */
  readonly parentSpanId?: string;
  /** Whether the parent is in another process. */
  readonly parentIsRemote: boolean;
  /**
   * W3C trace flags: the bit 1 when the span was sampled at its start, and not when `sampling.keep` saved it at its end; the bit 2 when
   * the trace came with it (a random trace id).
   */
  readonly traceFlags: number;
  /** W3C `tracestate`, as received. */
  readonly traceState?: string;
  readonly name: string;
  readonly kind: SpanKind;
  /** Seconds since the Unix epoch, as a number (a quarter of a microsecond is the smallest step). */
  readonly startTime: number;
  readonly endTime: number;
  readonly status: 'unset' | 'ok' | 'error';
  readonly statusMessage?: string;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  /** `droppedAttributesCount` is missing where the limit on a link's attributes left out none. */
  readonly links: readonly Link[];
  /** What the limits on attributes, events and links left out of the span. */
  readonly dropped: { readonly attributes: number; readonly events: number; readonly links: number };
  readonly scope: InstrumentationScope;
  readonly resource: Resource;
}
