import type { Callable, Receiver } from './observed-function.ts';
import type { ObservedFunctions } from './observed-functions.ts';

/** Whether it has methods, so that it is more than a function. */
export function isClass(target: Callable): boolean {
  const prototype: unknown = target.prototype;
  if (typeof prototype !== 'object' || prototype === null) return false;
  return Reflect.ownKeys(prototype).length > 1 || /^class\b/.test(Function.prototype.toString.call(target));
}

/**
 * A class like `target` whose constructor, methods and static methods are recorded. Its instances are `target`'s, made by its constructor; their
 * prototype is one in front of `target`'s. Instances that others make have their own methods, and are instances of both.
 */
export function observedClass(name: string, target: Callable, functions: ObservedFunctions): Callable {
  const known = functions.known(target);
  if (known !== undefined) return known;
  if (!functions.wantsAnyOf(name)) return target;
  const construct = functions.observe(`new ${name}`, (...args: unknown[]) =>
    Reflect.construct(target, args, args.pop() as Callable),
  );
  const observed: Callable = function (this: unknown, ...args: unknown[]): unknown {
    if (new.target === undefined) return Reflect.apply(target, this, args);
    args.push(new.target);
    return construct(...args);
  };
  functions.remember(target, observed);
  const prototype = Object.create(target.prototype as object) as object;
  defineMethods(prototype, target.prototype as object, name, functions);
  Object.defineProperty(prototype, 'constructor', { value: observed, writable: true, configurable: true });
  Object.setPrototypeOf(observed, target);
  // A static method may reach for what is private to the class.
  defineMethods(observed, target, name, functions, { observed, original: target });
  for (const key of ['name', 'length'] as const) {
    Object.defineProperty(observed, key, { value: target[key as never], configurable: true });
  }
  observed.prototype = prototype;
  // Subclasses inherit it, and have instances of their own.
  function isInstance(this: unknown, value: unknown): boolean {
    return this === observed
      ? value instanceof target
      : Function.prototype[Symbol.hasInstance].call(this as Callable, value);
  }
  Object.defineProperty(observed, Symbol.hasInstance, { value: isInstance });
  return observed;
}

/** Puts observed methods onto `to`; accessors and all else are inherited as they are. */
function defineMethods(
  to: object,
  from: object,
  name: string,
  functions: ObservedFunctions,
  receiver?: Receiver,
): void {
  for (const key of Reflect.ownKeys(from)) {
    const descriptor = Object.getOwnPropertyDescriptor(from, key) as PropertyDescriptor;
    const method: unknown = descriptor.value;
    if (
      typeof key === 'symbol' ||
      NOT_METHODS.has(key) ||
      typeof method !== 'function' ||
      isClass(method as Callable)
    ) {
      continue;
    }
    const value = functions.observe(`${name}.${key}`, method as Callable, { receiver });
    Object.defineProperty(to, key, { ...descriptor, value });
  }
}

const NOT_METHODS: ReadonlySet<string> = new Set(['constructor', 'prototype', 'name', 'length', 'arguments', 'caller']);
