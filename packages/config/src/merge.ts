/** Objects are merged key by key; of everything else, and of what is undefined in neither, the stronger one counts. */
export function merge<T>(weaker: T, stronger: T): T;
export function merge(weaker: unknown, stronger: unknown): unknown {
  if (stronger === undefined) return weaker;
  // On is on: `true` takes nothing from how.
  if (stronger === true && isPlain(weaker)) return weaker;
  if (!isPlain(weaker) || !isPlain(stronger)) return stronger;
  const merged: Record<string, unknown> = { ...weaker };
  for (const [key, value] of Object.entries(stronger)) {
    const below = Object.hasOwn(weaker, key) ? weaker[key] : undefined;
    // Assigning `__proto__` would set the prototype.
    Object.defineProperty(merged, key, {
      value: merge(below, value),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return merged;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
