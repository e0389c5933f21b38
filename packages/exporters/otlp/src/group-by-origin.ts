import type { InstrumentationScope, Resource } from '@telltale/core';

/** What carries where it comes from: metrics and spans. Events have no scope. */
export interface Originated {
  readonly resource: Resource;
  readonly scope?: InstrumentationScope;
}

interface ScopeGroup<T> {
  readonly scope: InstrumentationScope | undefined;
  readonly items: T[];
}

export interface ResourceGroup<T> {
  readonly resource: Resource;
  readonly scopes: readonly ScopeGroup<T>[];
}

interface OpenGroup<T> {
  readonly resource: Resource;
  readonly scopes: Map<string, ScopeGroup<T>>;
}

/** By resource, then by scope, as OTLP nests them; the order is that of first appearance. What is equal is one, whichever object it is. */
export function groupByOrigin<T extends Originated>(items: readonly T[]): readonly ResourceGroup<T>[] {
  const byResource = new Map<Resource, OpenGroup<T>>();
  const byContent = new Map<string, OpenGroup<T>>();
  let last: ScopeGroup<T> | undefined;
  let lastResource: Resource | undefined;
  for (const item of items) {
    if (last !== undefined && item.resource === lastResource && item.scope === last.scope) {
      last.items.push(item);
      continue;
    }
    let group = byResource.get(item.resource);
    if (group === undefined) {
      // What comes from a spool or another process has a copy of its own.
      const content = JSON.stringify(item.resource.attributes);
      group = byContent.get(content) ?? { resource: item.resource, scopes: new Map() };
      byContent.set(content, group);
      byResource.set(item.resource, group);
    }
    const { scope } = item;
    const key = scope === undefined ? '' : keyOf(scope);
    last = group.scopes.get(key) ?? { scope, items: [] };
    lastResource = item.resource;
    last.items.push(item);
    group.scopes.set(key, last);
  }
  return [...byContent.values()].map(({ resource, scopes }) => ({ resource, scopes: [...scopes.values()] }));
}

function keyOf({ name, version = '', schemaUrl = '', attributes }: InstrumentationScope): string {
  return `${name}\0${version}\0${schemaUrl}\0${attributes === undefined ? '' : JSON.stringify(attributes)}`;
}
