import type { FinishedSpan, Temporality } from '@telltale/core';

/** opentelemetry/proto/metrics/v1/metrics.proto: `AggregationTemporality`. */
export const TEMPORALITY = { delta: 1, cumulative: 2 } as const satisfies Record<Temporality, number>;

/** opentelemetry/proto/trace/v1/trace.proto: `Status.StatusCode`. */
export const STATUS_CODE = { unset: 0, ok: 1, error: 2 } as const satisfies Record<FinishedSpan['status'], number>;

/** opentelemetry/proto/trace/v1/trace.proto: `SpanFlags`. */
const TRACE_FLAGS_MASK = 0xff;
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/** `SpanFlags` of a span or a link: W3C flags, and whether the parent, or what is linked to, is in another process. */
export function spanFlags(traceFlags: number, isRemote: boolean | undefined): number {
  const remote = isRemote === undefined ? 0 : isRemote ? HAS_IS_REMOTE | IS_REMOTE : HAS_IS_REMOTE;
  return (traceFlags & TRACE_FLAGS_MASK) | remote;
}

/** `Span.SpanKind`: OpenTelemetry's API counts from 0, its protocol has 0 for unspecified. */
export function spanKind({ kind }: FinishedSpan): number {
  return kind + 1;
}
