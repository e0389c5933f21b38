const SPACE = 0x20;
const TAB = 0x09;

/** The text without the spaces and tabs around it: what HTTP calls optional whitespace (RFC 9110, 5.6.3). `trim` would take other characters too. */
export function withoutWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhitespace(text.charCodeAt(start))) start++;
  while (end > start && isWhitespace(text.charCodeAt(end - 1))) end--;
  return end - start === text.length ? text : text.slice(start, end);
}

function isWhitespace(code: number): boolean {
  return code === SPACE || code === TAB;
}
