import type { Resource } from '@telltale/core';

/** Makes a thing once for each service: services are few, each is one object, and all of its spans say the same of it. */
export function perResource<T>(make: (resource: Resource) => T): (resource: Resource) => T {
  const known = new WeakMap<Resource, { readonly made: T }>();
  return (resource) => {
    let entry = known.get(resource);
    if (entry === undefined) {
      entry = { made: make(resource) };
      known.set(resource, entry);
    }
    return entry.made;
  };
}
