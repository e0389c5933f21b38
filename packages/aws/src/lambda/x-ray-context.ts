import { type SpanContext, TraceFlags } from '@opentelemetry/api';

const ROOT = /^1-([0-9a-f]{8})-([0-9a-f]{24})$/;
const PARENT = /^[0-9a-f]{16}$/;
/** Longer ones carry other people's fields in numbers that nobody sends. */
const MAX_LENGTH = 2048;

/**
 * The span that X-Ray's header names (`Root=1-…;Parent=…;Sampled=1`), as Lambda has it in `_X_AMZN_TRACE_ID` and SQS in `AWSTraceHeader`;
 * `undefined` unless it is whole and sampled: a parent that nobody keeps would leave the trace without its root.
 */
export function sampledXrayContext(header: unknown): SpanContext | undefined {
  if (typeof header !== 'string' || header.length > MAX_LENGTH) return undefined;
  const fields = new Map<string, string>();
  for (const field of header.split(';')) {
    const at = field.indexOf('=');
    if (at > 0) fields.set(field.slice(0, at).trim().toLowerCase(), field.slice(at + 1).trim());
  }
  const [, seconds, rest] = ROOT.exec(fields.get('root') ?? '') ?? [];
  const spanId = fields.get('parent') ?? '';
  if (seconds === undefined || rest === undefined || !PARENT.test(spanId) || /^0+$/.test(spanId)) return undefined;
  const traceId = seconds + rest;
  if (fields.get('sampled') !== '1' || /^0+$/.test(traceId)) return undefined;
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
}
