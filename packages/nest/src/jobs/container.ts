import { type Class, type Containers, classOf, instancesOf, wrappersIn } from '../classes/container.ts';

/** The classes of an application's controllers and providers, each once. */
export function classesIn(modules: Containers): ReadonlySet<Class> {
  const classes = new Set<Class>();
  for (const wrapper of wrappersIn(modules)) {
    const type = classOf(wrapper);
    if (type !== undefined) classes.add(type);
  }
  return classes;
}

/** What the container holds for them, each once: instances, whatever made them, and, of classes made per request, their prototypes. */
export function instancesIn(modules: Containers): ReadonlySet<object> {
  const instances = new Set<object>();
  for (const wrapper of wrappersIn(modules)) {
    for (const instance of instancesOf(wrapper)) instances.add(instance);
  }
  return instances;
}

/** What a provider has under a name: anything can be one, also what throws when it is looked at. */
export function memberOf(instance: object, name: string): unknown {
  try {
    return (instance as Readonly<Record<string, unknown>>)[name];
  } catch {
    return undefined;
  }
}

/** The class of an instance, as it says itself. */
export function typeOf(instance: object): Class | undefined {
  const type = memberOf(instance, 'constructor');
  return typeof type === 'function' ? type : undefined;
}
