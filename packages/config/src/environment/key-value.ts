/** `key=value` as in the header `baggage`: both percent-encoded, with blanks around them. `undefined` for what is none. */
export function decodePair(pair: string): readonly [string, string] | undefined {
  const at = pair.indexOf('=');
  try {
    const key = decodeURIComponent(pair.slice(0, Math.max(at, 0)).trim());
    // An object with this key would lose it.
    return key === '' || key === '__proto__' ? undefined : [key, decodeURIComponent(pair.slice(at + 1).trim())];
  } catch {
    return undefined;
  }
}
