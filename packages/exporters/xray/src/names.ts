import { MAX_NAME } from './limits.ts';

/** "AWS X-Ray segment documents": letters, numbers and white space of Unicode, and `_ . : / % & # = + \ - @`. */
const NOT_ALLOWED = /[^\p{L}\p{N}\s_.:/%&#=+\\\-@]/gu;

/** A name that X-Ray takes; never empty. */
export function documentName(text: string): string {
  const cleaned = cut(text.toWellFormed().replaceAll(NOT_ALLOWED, '_').trim(), MAX_NAME).trim();
  return cleaned === '' ? 'unnamed' : cleaned;
}

/** At most `max` characters of Unicode. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const characters = [...text.slice(0, max * 2)];
  return characters.length <= max && text.length <= max * 2 ? text : characters.slice(0, max).join('');
}
