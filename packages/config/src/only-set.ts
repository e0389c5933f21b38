export type OnlySet<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the keys that are undefined. */
export function onlySet<T extends object>(fields: T): OnlySet<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as OnlySet<T>;
}
