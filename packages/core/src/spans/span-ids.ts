/**
 * How many bits of the 56 that OpenTelemetry's consistent probability sampling looks at take part in decisions here: the highest 28,
 * which is a ratio to the eighth decimal, and a small integer for the engine.
 */
export const RANDOMNESS_BITS = 28;

/**
 * The flag of the W3C trace context, level 2, that says that the last 56 bits of the trace id are random. Whoever continues the trace
 * passes it on as it is; OpenTelemetry's API has no name for it yet.
 */
export const RANDOM_TRACE_ID_FLAG = 0x02;

// As constants, since the engine does not fold the powers: it would call `pow` seven times for each span.
const RANDOMNESS_RANGE = 2 ** RANDOMNESS_BITS;
const RANGE_OF_32_BITS = 2 ** 32;

const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

/** The random part of a new trace id that sampling decides on, before (and often instead of) making the id: an integer of 28 bits. */
export function drawRandomness(): number {
  return (Math.random() * RANDOMNESS_RANGE) | 0;
}

/** What sampling decides on, of a trace id of anybody's. */
export function randomnessOf(traceId: string): number {
  return Number.parseInt(traceId.slice(18, 18 + RANDOMNESS_BITS / 4), 16);
}

/**
 * A trace id whose digits 19 to 25 spell `randomness`; the others are random. Never all zero.
 * Like the OpenTelemetry SDK's ids these come from Math.random: unique, not secret. One call that makes a flat string is the fastest
 * of the ways measured, and the leanest: table look-ups leave a tree of pieces behind.
 */
export function newTraceId(randomness: number): string {
  const hex = DIGITS;
  const a = randomBits();
  const b = randomBits() || 1; // never all zero
  const c = randomBits();
  const d = randomBits();
  const r = randomness;
  // A function for one digit would be too much for the engine to inline 32 times.
  // biome-ignore format: a row is 4 digits
  return String.fromCharCode(
    hex[a >>> 28]!, hex[(a >> 24) & 15]!, hex[(a >> 20) & 15]!, hex[(a >> 16) & 15]!,
    hex[(a >> 12) & 15]!, hex[(a >> 8) & 15]!, hex[(a >> 4) & 15]!, hex[a & 15]!,
    hex[b >>> 28]!, hex[(b >> 24) & 15]!, hex[(b >> 20) & 15]!, hex[(b >> 16) & 15]!,
    hex[(b >> 12) & 15]!, hex[(b >> 8) & 15]!, hex[(b >> 4) & 15]!, hex[b & 15]!,
    hex[c >>> 28]!, hex[(c >> 24) & 15]!, hex[(r >> 24) & 15]!, hex[(r >> 20) & 15]!,
    hex[(r >> 16) & 15]!, hex[(r >> 12) & 15]!, hex[(r >> 8) & 15]!, hex[(r >> 4) & 15]!,
    hex[r & 15]!, hex[(d >> 24) & 15]!, hex[(d >> 20) & 15]!, hex[(d >> 16) & 15]!,
    hex[(d >> 12) & 15]!, hex[(d >> 8) & 15]!, hex[(d >> 4) & 15]!, hex[d & 15]!,
  );
}

/** 16 hexadecimal digits, never all zero. */
export function newSpanId(): string {
  const hex = DIGITS;
  const a = randomBits();
  const b = randomBits() || 1; // never all zero
  // biome-ignore format: a row is 4 digits
  return String.fromCharCode(
    hex[a >>> 28]!, hex[(a >> 24) & 15]!, hex[(a >> 20) & 15]!, hex[(a >> 16) & 15]!,
    hex[(a >> 12) & 15]!, hex[(a >> 8) & 15]!, hex[(a >> 4) & 15]!, hex[a & 15]!,
    hex[b >>> 28]!, hex[(b >> 24) & 15]!, hex[(b >> 20) & 15]!, hex[(b >> 16) & 15]!,
    hex[(b >> 12) & 15]!, hex[(b >> 8) & 15]!, hex[(b >> 4) & 15]!, hex[b & 15]!,
  );
}

function randomBits(): number {
  return (Math.random() * RANGE_OF_32_BITS) | 0;
}
