import type { InstrumentationScope, Resource } from '../resource.ts';

/** Of processes before this one, that are remembered. */
const MAX_KNOWN = 100;

/** One object per service and per scope, across entries that were read from disk: exporters tell them apart by identity. */
export class SpooledOrigins {
  private readonly own: Resource;
  private readonly ownKey: string;
  private readonly resources = new Map<string, Resource>();
  private readonly scopes = new Map<string, InstrumentationScope>();

  /** `own`: what is like the telemetry's own service is that very object. */
  constructor(own: Resource) {
    this.own = own;
    this.ownKey = keyOf(own.attributes);
  }

  resource(resource: Resource): Resource {
    const key = keyOf(resource.attributes);
    if (key === this.ownKey) return this.own;
    return known(this.resources, key, () => ({ ...resource, attributes: Object.freeze({ ...resource.attributes }) }));
  }

  scope(scope: InstrumentationScope): InstrumentationScope {
    const { attributes } = scope;
    return known(this.scopes, keyOf(scope), () => ({
      ...scope,
      ...(attributes !== undefined && { attributes: Object.freeze({ ...attributes }) }),
    }));
  }
}

function known<T extends object>(all: Map<string, T>, key: string, make: () => T): T {
  const one = all.get(key);
  if (one !== undefined) return one;
  if (all.size >= MAX_KNOWN) all.clear();
  const made = Object.freeze(make());
  all.set(key, made);
  return made;
}

function keyOf(attributes: object): string {
  return JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}
