import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** 128 bits. */
const TOKEN_BYTES = 16;

/** Wrong tokens from one address: so many at once, and one more every so many seconds. */
const TRIES = 10;
const SECONDS_PER_TRY = 6;

/** Addresses that tries are counted for; the one that tried longest ago goes. */
const MAX_ADDRESSES = 10_000;

interface Tries {
  left: number;
  at: number;
}

/** What a token was found to be; `wait`: seconds in which it is not even looked at. */
export type Verdict = 'right' | 'wrong' | { readonly wait: number };

/** The token of one dashboard, and who tried to guess it. */
export class Token {
  readonly value: string;
  /** Of the cookie in which a browser keeps that it has the token: its own for each token, as cookies know no ports. */
  readonly cookieName: string;
  private readonly cookieValue: string;
  private readonly digest: Buffer;
  private readonly tries = new Map<string, Tries>();
  private readonly now: () => number;

  constructor(value: string | undefined, now: () => number) {
    this.value = value ?? randomBytes(TOKEN_BYTES).toString('base64url');
    this.now = now;
    this.digest = digestOf(this.value);
    // Not the token itself: who reads the cookie file can look, but not hand the token on.
    this.cookieValue = createHmac('sha256', this.value).update('telltale dashboard').digest('base64url');
    const name = createHmac('sha256', this.value).update('telltale cookie name').digest('hex').slice(0, 8);
    this.cookieName = `telltale_${name}`;
  }

  /** Whether the cookie says that the token was given before. Not counted: nobody guesses 256 bits. */
  isInCookie({ headers: { cookie } }: Pick<IncomingMessage, 'headers'>): boolean {
    for (const pair of cookie?.split(';', 100) ?? []) {
      const [name, value] = pair.trim().split('=', 2);
      if (name === this.cookieName && value !== undefined && isSame(digestOf(this.cookieValue), digestOf(value)))
        return true;
    }
    return false;
  }

  /** Looks at a token that someone gave, unless that one has given too many wrong ones lately. */
  check(given: string, address: string | undefined): Verdict {
    const key = networkOf(address);
    const tries = this.triesOf(key);
    if (tries.left < 1) return { wait: Math.ceil((1 - tries.left) * SECONDS_PER_TRY) };
    if (isSame(this.digest, digestOf(given))) {
      this.tries.delete(key);
      return 'right';
    }
    tries.left--;
    return 'wrong';
  }

  /** For `Set-Cookie`. Without a path it is for the folder of the address that sets it, whatever proxies made of that. */
  cookie(secure: boolean): string {
    return `${this.cookieName}=${this.cookieValue}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  }

  private triesOf(key: string): Tries {
    const now = this.now();
    const known = this.tries.get(key);
    const left = known === undefined ? TRIES : Math.min(TRIES, known.left + (now - known.at) / SECONDS_PER_TRY);
    const tries = { left, at: now };
    // Deleted and set again: the first of the map is the one that tried longest ago.
    this.tries.delete(key);
    this.tries.set(key, tries);
    if (this.tries.size > MAX_ADDRESSES) {
      const [oldest] = this.tries.keys();
      if (oldest !== undefined) this.tries.delete(oldest);
    }
    return tries;
  }
}

/** Of IPv6, the network: who has one address there has 2^64. */
function networkOf(address: string | undefined): string {
  if (address === undefined || !address.includes(':') || address.includes('.')) return address ?? '';
  const [head = '', tail] = address.split('::', 2);
  const groups = head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').length;
  return [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...(tail?.split(':') ?? [])]
    .slice(0, 4)
    .join(':');
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isSame(one: Buffer, other: Buffer): boolean {
  return timingSafeEqual(one, other);
}
