import type { ModulesContainer } from '@nestjs/core';

/** What is read of Nest's `ModulesContainer`. */
export type Containers = Pick<ModulesContainer, 'values'>;

type Module = ReturnType<ModulesContainer['values']> extends Iterable<infer M> ? M : never;
export type Wrapper = Module['providers'] extends ReadonlyMap<unknown, infer W> ? W : never;

/** A class whose constructor nobody calls here. */
export interface Class {
  readonly name: string;
  readonly prototype: object;
}

/** Everything that the application's modules hold: providers, controllers, and what is bound to these by `@UseGuards` and the like. */
export function* wrappersIn(modules: Containers): Generator<Wrapper> {
  for (const module of modules.values()) {
    yield* module.providers.values();
    yield* module.controllers.values();
    yield* module.injectables.values();
  }
}

/** The class that Nest makes instances of; `undefined` for values and factories, and for `Object`, of which everything is. */
export function classOf(wrapper: Wrapper): Class | undefined {
  const { metatype } = wrapper;
  if (wrapper.isNotMetatype || typeof metatype !== 'function') return undefined;
  const { prototype } = metatype;
  const isClass = typeof prototype === 'object' && prototype !== null && prototype !== Object.prototype;
  return isClass ? (metatype as Class) : undefined;
}

/** The instances there are: of classes made once, that one; of transient ones, each consumer's. */
export function instancesOf(wrapper: Wrapper): readonly object[] {
  const hosts: readonly (object | undefined)[] = wrapper.isTransient ? wrapper.getStaticTransientInstances() : [];
  const instances = [wrapper.instance, ...hosts.map((host) => (host as { readonly instance?: unknown })?.instance)];
  return instances.filter((instance): instance is object => typeof instance === 'object' && instance !== null);
}
