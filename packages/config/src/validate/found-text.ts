import type { Path } from './path-text.ts';
import { cut } from './path-text.ts';

/** Keys whose values are nobody's business, besides those that a definition marks. */
const SECRET = /token|secret|passw|credential|auth|api-?key|licen[cs]e|connection-?string|headers|cookie|private/i;
/** A URL with a user or a query, in which there are keys as well. */
const TELLING = /:\/\/[^/\s]*@|:\/\/\S*\?|[?&;]\s*[\w.-]+=/;

/** What was found, for people: short, and without secrets. `written` is what stood there before the environment was written into it. */
export function foundText(value: unknown, path: Path, isSecret: boolean, written: string | undefined): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (value === null) return 'empty (null)';
  if (isSecretAt(path, isSecret)) return `a ${typeof value === 'string' ? 'text' : typeof value} that is not shown`;
  const text = written ?? value;
  if (typeof text !== 'string') return String(text);
  return TELLING.test(text) ? 'a text that is not shown' : JSON.stringify(cut(text));
}

/** Whether a single value is one that people are not to see. */
export function isHidden(value: unknown, path: Path, isSecret: boolean): boolean {
  if (typeof value === 'object' || value === undefined) return false;
  return isSecretAt(path, isSecret) || (typeof value === 'string' && TELLING.test(value));
}

function isSecretAt(path: Path, isSecret: boolean): boolean {
  return isSecret || path.some((key) => typeof key === 'string' && SECRET.test(key));
}
