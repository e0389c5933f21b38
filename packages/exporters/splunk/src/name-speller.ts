/** Spells names for Splunk, each always the same way, and no two alike: the one that comes later gets a number. */
export class NameSpeller {
  private readonly names = new Map<string, string>();
  private readonly taken: Set<string>;

  /** `reserved`: names that mean something else there. */
  constructor(reserved: readonly string[]) {
    this.taken = new Set(reserved);
  }

  spell(name: string): string {
    const known = this.names.get(name);
    if (known !== undefined) return known;
    const spelt = splunkName(name);
    let free = spelt;
    for (let n = 2; this.taken.has(free); n++) free = `${spelt}_${n}`;
    this.names.set(name, free);
    this.taken.add(free);
    return free;
  }
}

/** Letters, digits, `_` and `.`, beginning with a letter: what search commands take without quotes (but for the dots). */
function splunkName(name: string): string {
  const cleaned = name.replaceAll(/[^a-zA-Z0-9_.]/g, '_');
  return /^[a-zA-Z]/.test(cleaned) ? cleaned : `key_${cleaned}`;
}
