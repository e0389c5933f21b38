import type { SpanKind } from '@opentelemetry/api';

/** OpenTelemetry's numbers, without loading its library for four of them. */
export const INTERNAL: SpanKind.INTERNAL = 0;
export const SERVER: SpanKind.SERVER = 1;
export const PRODUCER: SpanKind.PRODUCER = 3;
export const CONSUMER: SpanKind.CONSUMER = 4;
