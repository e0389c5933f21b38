/** A text of at most `max` UTF-16 units, and so of at most as many characters however a backend counts them; cut between code points, with `…` for the rest. */
export function clip(text: string, max: number): string {
  const whole = text.toWellFormed();
  if (whole.length <= max) return whole;
  let end = max - 1;
  const code = whole.charCodeAt(end - 1);
  // The first half of a pair would be left by itself.
  if (code >= 0xd800 && code <= 0xdbff) end--;
  return `${whole.slice(0, Math.max(0, end))}…`;
}

/** The same in one line: what names hold cannot look like lines of ours. */
export function clipLine(text: string, max: number): string {
  // What is cut off anyway need not be looked at.
  const start = text.length > 4 * max ? text.slice(0, 4 * max) : text;
  return clip(start.replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ').trim(), max);
}
