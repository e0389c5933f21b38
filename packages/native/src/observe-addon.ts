import { type Telemetry, TelemetryError } from '@telltale/core';
import { checkOptions, type ObserveAddonOptions } from './native-options.ts';
import { isClass, observedClass } from './observed-class.ts';
import type { Callable, Receiver } from './observed-function.ts';
import { ObservedFunctions } from './observed-functions.ts';

const OWNER = 'observeAddon';

/**
 * An object like `addon` whose functions and classes record their calls as boundary calls; all else on it is the add-on's own, read and written
 * there. The add-on itself is not changed. Once per add-on and process. Throws `ERR_OPTION` for options that are wrong.
 */
export function observeAddon<T extends object>(addon: T, telemetry: Telemetry, options: ObserveAddonOptions): T {
  checkOptions(OWNER, options, ['callbacks', 'protocol']);
  if ((typeof addon !== 'object' || addon === null) && typeof addon !== 'function') {
    throw new TelemetryError('ERR_OPTION', `${OWNER} was given ${String(addon)}; give the object that require() gave.`);
  }
  if (!telemetry.observes('boundary')) return addon;
  const functions = new ObservedFunctions(telemetry, OWNER, options.protocol ?? 'native', options);
  const observed =
    typeof addon === 'function'
      ? observedRoot(addon as Callable, functions)
      : Object.create(Object.getPrototypeOf(addon));
  const receiver: Receiver = { observed, original: addon };
  for (const [key, descriptor] of typeof addon === 'function' ? ownFunctionsOf(addon) : membersOf(addon)) {
    Object.defineProperty(observed, key, member(key, descriptor, functions, receiver));
  }
  functions.checkNames();
  return observed as T;
}

/** Add-ons that are a function or a class, with others on it perhaps. */
function observedRoot(addon: Callable, functions: ObservedFunctions): Callable {
  const name = addon.name === '' ? 'call' : addon.name;
  return isClass(addon) ? observedClass(name, addon, functions) : functions.observe(name, addon, { isRoot: true });
}

function ownFunctionsOf(addon: Callable | object): readonly (readonly [string | symbol, PropertyDescriptor])[] {
  // A class has seen to its own.
  if (isClass(addon as Callable)) return [];
  return [...membersOf(addon)].filter(([, { value }]) => typeof value === 'function');
}

/** Own properties first, then those of prototypes: their functions may need the real `this`, too. */
function membersOf(addon: object): ReadonlyMap<string | symbol, PropertyDescriptor> {
  const members = new Map<string | symbol, PropertyDescriptor>();
  for (let from: object | null = addon; from !== null && !BASES.has(from); from = Object.getPrototypeOf(from)) {
    for (const key of Reflect.ownKeys(from)) {
      if (members.has(key) || (from !== addon && key === 'constructor')) continue;
      const descriptor = Object.getOwnPropertyDescriptor(from, key) as PropertyDescriptor;
      members.set(key, from === addon ? descriptor : { ...descriptor, enumerable: false });
    }
  }
  return members;
}

const BASES: ReadonlySet<object> = new Set([Object.prototype, Function.prototype]);

function member(
  key: string | symbol,
  { value, enumerable = false, writable = false, get, set }: PropertyDescriptor,
  functions: ObservedFunctions,
  receiver: Receiver,
): PropertyDescriptor {
  const { original } = receiver;
  const view = (found: unknown): unknown => {
    if (typeof found !== 'function' || typeof key === 'symbol') return found;
    return isClass(found as Callable)
      ? observedClass(key, found as Callable, functions)
      : functions.observe(key, found as Callable, { receiver });
  };
  if (typeof value === 'function') return { value: view(value), writable, enumerable, configurable: true };
  // Known to `checkNames` although nobody has asked for it yet.
  if (get !== undefined && typeof key === 'string') functions.wants(key);
  const readOnly = { get: () => view(Reflect.get(original, key)), enumerable, configurable: true };
  if (set === undefined && !writable) return readOnly;
  return { ...readOnly, set: (changed: unknown) => void Reflect.set(original, key, changed) };
}
