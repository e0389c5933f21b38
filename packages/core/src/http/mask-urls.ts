/** Of this many characters on, a part of a path is taken for a secret: the tokens of webhooks are, and names of resources are not. */
const TOKEN_LENGTH = 20;
const MASK = '***';
const AUTHORITY = '://';

/** The text, without what may be a secret in the URLs in it: user and password, query and fragment, long parts of paths. Rather too much than too little. */
export function maskUrls(text: string): string {
  return text.includes(AUTHORITY) ? text.replace(/\S+/g, maskWord) : text;
}

function maskWord(word: string): string {
  const authority = word.indexOf(AUTHORITY) + AUTHORITY.length;
  if (authority < AUTHORITY.length) return word;
  // The last one: passwords hold all kinds of characters, also those that should be written in another way.
  const at = word.lastIndexOf('@');
  const open = at < authority ? word.slice(0, authority) : `${word.slice(0, authority)}${MASK}`;
  const [place = '', ...hidden] = word.slice(Math.max(at, authority)).split(/[?#]/);
  const [host = '', ...parts] = place.split('/');
  const path = parts.map((part) => `/${part.length < TOKEN_LENGTH ? part : MASK}`).join('');
  return `${open}${host}${path}${hidden.length > 0 ? `?${MASK}` : ''}`;
}
