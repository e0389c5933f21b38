import { createHash } from 'node:crypto';

const DIGEST = 8;

/** At most `max` bytes of UTF-8, cut between characters. */
export function cut(text: string, max: number): string {
  if (text.length * 3 <= max || Buffer.byteLength(text) <= max) return text;
  let end = Math.min(text.length, max);
  while (Buffer.byteLength(text.slice(0, end)) > max) {
    end = Math.max(0, end - Math.max(1, Math.ceil((Buffer.byteLength(text.slice(0, end)) - max) / 4)));
  }
  return isHighSurrogate(text.charCodeAt(end - 1)) ? text.slice(0, end - 1) : text.slice(0, end);
}

/** At most `max` bytes, too, and different for texts that differ only in what is cut: they end in a digest of the whole. */
export function shortened(text: string, max: number): string {
  if (text.length * 3 <= max || Buffer.byteLength(text) <= max) return text;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, DIGEST);
  return `${cut(text, max - DIGEST - 1)}~${digest}`;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
