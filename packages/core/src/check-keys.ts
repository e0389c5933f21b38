import { TelemetryError } from './errors.ts';

/** Throws for what is no object, and for a key that is not known, naming the nearest that is. `path` is empty at the top. */
export function checkKeys(path: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"${path}" is ${options === null ? 'null' : `of type ${typeof options}`}; give an object.`,
    );
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const nearest = nearestOf(key, known);
    throw new TelemetryError(
      'ERR_OPTION',
      `Unknown option "${path === '' ? key : `${path}.${key}`}"${nearest === undefined ? '.' : `; did you mean "${nearest}"?`} Known are ${known.join(', ')}.`,
    );
  }
}

/** The known word that someone most likely meant. */
export function nearestOf(word: string, known: readonly string[]): string | undefined {
  return known.find((one) => isNear(one.toLowerCase(), word.toLowerCase()));
}

/** Whether what differs between two words is one letter too many, too few, wrong or swapped with the next. */
function isNear(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  return (left.length <= 1 && right.length <= 1) || (left.length === 2 && left === [...right].reverse().join(''));
}
