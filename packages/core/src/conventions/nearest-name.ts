/** Longer words are cut: comparing takes time by both lengths. */
const MAX_LENGTH = 100;

/** The name that takes the fewest changes of letters to become `word`; how backends separate words does not count. */
export function nearestName(word: string, names: readonly string[]): string | undefined {
  const wanted = plain(word);
  let best: { readonly name: string; readonly changes: number } | undefined;
  for (const name of names) {
    const changes = changesBetween(wanted, plain(name));
    if (best === undefined || changes < best.changes) best = { name, changes };
  }
  return best?.name;
}

function plain(word: string): string {
  return word
    .slice(0, MAX_LENGTH)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '.');
}

/** Letters to add, to leave out and to replace (Levenshtein's distance). */
function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
