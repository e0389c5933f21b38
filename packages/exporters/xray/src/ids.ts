import { createHash } from 'node:crypto';

/** X-Ray's form of a trace id: `1-`, the first 8 digits, `-`, the rest. X-Ray takes any digits where its own ids have the time. */
export function traceIdOf(traceId: string): string {
  return `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`;
}

/** 16 digits that are always the same for the same span and purpose, so that a second copy of a document is the same document. */
export function derivedId(spanId: string, purpose: string): string {
  return createHash('sha256').update(`${spanId} ${purpose}`).digest('hex').slice(0, 16);
}
