import { createHash } from 'node:crypto';

/** How many spellings are remembered, as many as a process may have series unless told otherwise. The longest unused are forgotten. */
const REMEMBERED = 50_000;
const HASH_DIGITS = 8;

/**
 * Keeps series apart whose spellings are the same because the backend has no place for some characters: the first has the spelling, the
 * others get a `clash` besides, which is always the same for the same series.
 */
export class TakenSeries {
  private readonly owners = new Map<string, string>();

  /** `spell` is asked for the spelling, without and with a mark. */
  spell(identity: string, spell: (mark: string | undefined) => string): string {
    const plain = spell(undefined);
    if (this.take(plain, identity)) return plain;
    const hash = createHash('sha1').update(identity).digest('hex');
    for (let digits = HASH_DIGITS; ; digits += HASH_DIGITS) {
      const marked = spell(hash.slice(0, digits));
      if (this.take(marked, identity) || digits >= hash.length) return marked;
    }
  }

  private take(spelling: string, identity: string): boolean {
    const owner = this.owners.get(spelling);
    if (owner !== undefined && owner !== identity) return false;
    // Moved to the end: what was used last is forgotten last.
    this.owners.delete(spelling);
    this.owners.set(spelling, identity);
    if (this.owners.size > REMEMBERED) this.owners.delete(this.owners.keys().next().value as string);
    return true;
  }
}
