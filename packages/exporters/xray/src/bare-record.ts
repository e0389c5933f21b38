/** An object that inherits nothing, so that every key is a key. Those without any prototype are slow in V8: one with an empty prototype is as good. */
export function bareRecord<T>(): Record<string, T> {
  return Object.create(BARE) as Record<string, T>;
}

const BARE: object = Object.freeze(Object.create(null));
