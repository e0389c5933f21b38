import 'reflect-metadata';
import type { Telemetry } from '@telltale/core';

/** On instances and, for those that Nest makes per request, on their prototypes. Registered, so that two copies of this package agree. */
const TELEMETRY = Symbol.for('telltale.nest.telemetry');
/** On the functions put in the place of methods. */
const WRAPPED = Symbol.for('telltale.nest.wrapped');

export type Method = (this: object | undefined, ...args: unknown[]) => unknown;

/** What a method is wrapped for. Each is done once, whoever asks for it. */
export type Purpose = 'handler' | 'guard' | 'pipe' | 'interceptor' | 'filter' | 'job' | 'exceptions';

interface Wrapping {
  readonly purpose: Purpose | undefined;
  readonly original: WrappedMethod;
}

type WrappedMethod = Method & { readonly [WRAPPED]?: Wrapping };

/** Does what a method does, observed: must return or throw what `proceed` does. */
export type Around = (
  telemetry: Telemetry,
  proceed: () => unknown,
  instance: object,
  args: readonly unknown[],
) => unknown;

/** Says whose telemetry the wrapped methods of an instance write to, or, given a prototype, those of all its instances that have not been told otherwise. */
export function attachTelemetry(target: object, telemetry: Telemetry): void {
  Object.defineProperty(target, TELEMETRY, { value: telemetry, configurable: true, writable: true });
}

/** The telemetry of the application that an instance belongs to. */
export function telemetryOf(instance: object | undefined): Telemetry | undefined {
  return (instance as { readonly [TELEMETRY]?: Telemetry } | undefined)?.[TELEMETRY];
}

/**
 * Puts `around` around a method of all instances of a class, or of the one object that has it of its own. Frameworks recognise methods by their
 * metadata, so the new one has all of the old one's. For each purpose, a method is wrapped once; instances without telemetry behave as before, and
 * so do calls by `super`, which are part of a call that is observed.
 */
export function wrapMethod(target: object, name: string, around: Around, purpose: Purpose): void {
  const found = (target as Readonly<Record<string, unknown>>)[name] as WrappedMethod | undefined;
  if (typeof found !== 'function') return;
  const isWrapped = wrappings(found).some((wrapping) => wrapping.purpose === purpose);
  if (isWrapped && Object.hasOwn(target, name)) return;
  // A class has its own wrapper, with its own name, around what it inherits.
  const original = isWrapped && found[WRAPPED]?.purpose === purpose ? found[WRAPPED].original : found;
  // Nearly always one class, or one object.
  let known: object | null = null;
  let isKnownWhole = false;
  const wrapped = wrapFunction(
    original,
    (telemetry, proceed, instance, args) => {
      const owner = instance === target ? target : Object.getPrototypeOf(instance);
      if (owner !== known) {
        known = owner;
        isKnownWhole = leadsTo(owner?.[name], wrapped);
      }
      return isKnownWhole ? around(telemetry, proceed, instance, args) : proceed();
    },
    purpose,
  );
  const enumerable = Object.getOwnPropertyDescriptor(target, name)?.enumerable ?? false;
  Object.defineProperty(target, name, { value: wrapped, configurable: true, writable: true, enumerable });
}

/** A function like the method (same name, length, properties and metadata) that calls it by way of `around` wherever there is telemetry. */
export function wrapFunction(original: Method, around: Around, purpose?: Purpose): Method {
  const wrapped: Method = function telltale(...args) {
    const telemetry = telemetryOf(this);
    if (telemetry === undefined) return original.apply(this, args);
    return around(telemetry, () => original.apply(this, args), this as object, args);
  };
  for (const key of Reflect.getOwnMetadataKeys(original)) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, original), wrapped);
  }
  const wrapping: Wrapping = { purpose, original };
  Object.defineProperties(wrapped, { ...Object.getOwnPropertyDescriptors(original), [WRAPPED]: { value: wrapping } });
  return wrapped;
}

/** From the outermost to the innermost. */
function wrappings(method: WrappedMethod): readonly Wrapping[] {
  const all: Wrapping[] = [];
  for (let wrapping = method[WRAPPED]; wrapping !== undefined; wrapping = wrapping.original[WRAPPED])
    all.push(wrapping);
  return all;
}

/** Whether a call of the method comes to this wrapper first of all: not when a class has a method of its own, which calls this one by `super`. */
function leadsTo(method: WrappedMethod | undefined, wrapped: Method): boolean {
  return method === wrapped || (method !== undefined && wrappings(method).some(({ original }) => original === wrapped));
}
