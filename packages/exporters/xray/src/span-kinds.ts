import type { SpanKind } from '@opentelemetry/api';

/** OpenTelemetry's numbers, without loading its library for four of them. */
export const SERVER: SpanKind.SERVER = 1;
export const CLIENT: SpanKind.CLIENT = 2;
export const PRODUCER: SpanKind.PRODUCER = 3;
export const CONSUMER: SpanKind.CONSUMER = 4;
export const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'] as const;
