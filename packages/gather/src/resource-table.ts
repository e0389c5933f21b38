import type { Resource, SeriesAttributes } from '@telltale/core';

/** What makes a service the same one in several processes; versions differ while a new one is rolled out, instances always do. */
const IDENTITY = ['service.name', 'service.namespace', 'deployment.environment.name'];

/** One resource per service of the group, whichever process it came from: the telemetry's own for its own service. */
export class ResourceTable {
  private readonly known = new Map<string, Resource>();

  constructor(own: Resource) {
    this.known.set(keyOf(own.attributes), own);
  }

  of(attributes: SeriesAttributes): { readonly key: string; readonly resource: Resource } {
    const key = keyOf(attributes);
    let resource = this.known.get(key);
    if (resource === undefined) {
      resource = Object.freeze({ attributes });
      this.known.set(key, resource);
    }
    return { key, resource };
  }

  keyOf(resource: Resource): string {
    return keyOf(resource.attributes);
  }
}

function keyOf(attributes: SeriesAttributes): string {
  return JSON.stringify(IDENTITY.map((name) => attributes[name]));
}
