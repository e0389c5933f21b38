import type { Context } from './observed-call.ts';

/** Redirects that nobody followed yet, for each place in the code. */
const MAX_PENDING = 8;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

interface Pending {
  readonly url: string;
  readonly resends: number;
}

/**
 * Knows calls that follow a redirect: whoever follows it, `fetch` or a library, calls the very URL of the `Location` from where it made the call
 * before. Contexts are held weakly.
 */
export class Redirects {
  private readonly pending = new WeakMap<Context, Pending[]>();

  /** An answer said where to go on. */
  add(context: Context, status: number, url: string, location: string | undefined, resends: number): void {
    if (!REDIRECTS.has(status) || location === undefined || !URL.canParse(location, url)) return;
    const target = new URL(location, url);
    target.hash = '';
    let pending = this.pending.get(context);
    if (pending === undefined) {
      pending = [];
      this.pending.set(context, pending);
    }
    if (pending.length >= MAX_PENDING) pending.shift();
    pending.push({ url: target.href, resends });
  }

  /** How many calls led to this one; 0 when it follows no redirect. */
  follow(context: Context, origin: string, target: string): number {
    const pending = this.pending.get(context);
    if (pending === undefined || pending.length === 0) return 0;
    const url = origin + target;
    const at = pending.findIndex((one) => one.url === url);
    if (at < 0) return 0;
    const [found] = pending.splice(at, 1);
    return found === undefined ? 0 : found.resends + 1;
  }
}
