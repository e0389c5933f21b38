/** What stands for what nobody is to see. */
export const MASKED = '•••';

/** Longer values are cut. */
const MAX_VALUE = 256;

/** Characters of a value that are looked at: more would be cut anyway, but a secret that begins within must be seen whole. */
const MAX_LOOK = 1024;

/** Words of secrets, anywhere in a key. Counts of tokens are none. */
const SECRET =
  'authorization|cookie|passw(?:or)?d|passphrase|pwd|secret|token(?!s)|api[-_.]?key|access[-_.]?key|private[-_.]?key|credential|session[-_.]?id|signature|jwt';
/** Short ones only by themselves: a "pin" is also in "shipping". */
const SECRET_KEY = new RegExp(`${SECRET}|(?:^|[._-])(?:otp|pin|cvv|ssn|sig|auth)(?:$|[._-])`, 'i');
const PAYLOAD_KEY = /(?:^|[._-])(?:body|payload|form|arguments|input|output|content|prompt|completion)$/i;

const URL_CREDENTIALS = /([a-z][a-z\d+.-]{0,30}:\/\/)[^/?#\s@]+@/gi;
const SCHEME_CREDENTIALS = /\b(bearer|basic|digest|negotiate)\s+[\w.~+/=-]{6,}/gi;
const JSON_WEB_TOKEN = /\beyJ[\w-]{5,}\.[\w-]{2,}(?:\.[\w-]*)?/g;
const PAIR = new RegExp(
  `((?:^|[?&;,\\s{"'])[\\w.-]{0,40}(?:${SECRET})[\\w.-]{0,20}["']?\\s?[=:]\\s?["']?)[^&;,\\s"'}]+`,
  'gi',
);

/** Whether a value under this key is a secret, or what was sent and not what was done. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key) || PAYLOAD_KEY.test(key);
}

/** Text without the credentials in it, and no longer than `MAX_VALUE`. Holds on to nothing of what it was given. */
export function maskText(text: string): string {
  const looked = text.length > MAX_LOOK ? text.slice(0, MAX_LOOK) : text;
  const masked = withoutCredentials(looked);
  if (masked.length <= MAX_VALUE && text.length <= MAX_LOOK) return masked;
  return `${copyOf(masked.slice(0, MAX_VALUE))}…`;
}

/** Most texts have nothing of what marks credentials, and looking for that is cheap. */
function withoutCredentials(text: string): string {
  let masked = text;
  if (text.includes('://')) masked = masked.replace(URL_CREDENTIALS, `$1${MASKED}@`);
  if (text.includes(' ')) masked = masked.replace(SCHEME_CREDENTIALS, `$1 ${MASKED}`);
  if (text.includes('eyJ')) masked = masked.replace(JSON_WEB_TOKEN, MASKED);
  if (text.includes('=') || text.includes(':')) masked = masked.replace(PAIR, `$1${MASKED}`);
  return masked;
}

/** A part of a string holds the whole of it in memory, unless its characters are copied. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}
