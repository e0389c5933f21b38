import type { Attributes as SpanAttributes } from '@opentelemetry/api';
import { checkKeys, messageOf, type Telemetry } from '@telltale/core';
import { followSame } from '../classes/follow-same.ts';
import { MethodSpan } from '../classes/method-span.ts';
import { decorateMethod, nameOf } from './decorate-method.ts';

export interface TracedOptions {
  /** Of the span; or a function that finds them in the arguments of the call. */
  readonly attributes?: SpanAttributes | ((...args: never[]) => SpanAttributes);
}

/** On a method, or on a class for all of its own methods. */
export type TracedDecorator = (target: object, name?: string | symbol, descriptor?: PropertyDescriptor) => void;

/** Nest calls them when the application starts and ends. */
const LIFECYCLE = new Set([
  'constructor',
  'configure',
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
]);

/** Makes each call of a method a span, named `Class.method` unless a name is given, that ends when what it returns has ended. Throws `ERR_OPTION` for what is wrong. */
export function Traced(name?: string, options: TracedOptions = {}): TracedDecorator {
  checkKeys('Traced', options, ['attributes']);
  return (target, method, descriptor) => {
    if (method !== undefined) traceMethod(target, method, descriptor, name, options);
    else traceClass(target as Constructor, name, options);
  };
}

interface Constructor {
  readonly name: string;
  readonly prototype: object;
}

/** On methods that have a span already. */
const TRACED = Symbol.for('telltale.nest.traced');

function traceMethod(
  target: object,
  method: string | symbol,
  descriptor: PropertyDescriptor | undefined,
  given: string | undefined,
  { attributes }: TracedOptions,
): void {
  const origin = nameOf(target, method);
  const base = { [FUNCTION_NAME]: origin };
  const fixed = typeof attributes === 'function' ? base : { ...attributes, ...base };
  const span = new MethodSpan(given ?? origin, fixed, { follow: followSame });
  const find = typeof attributes === 'function' ? attributes : undefined;
  decorateMethod('Traced', target, method, descriptor, (telemetry, proceed, _instance, args) =>
    span.run(telemetry, proceed, find && { ...found(telemetry, origin, find, args), ...base }),
  );
  Object.defineProperty(descriptor?.value, TRACED, { value: true });
}

function traceClass({ name, prototype }: Constructor, given: string | undefined, options: TracedOptions): void {
  for (const [method, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (LIFECYCLE.has(method) || typeof descriptor.value !== 'function' || TRACED in descriptor.value) continue;
    traceMethod(prototype, method, descriptor, `${given ?? name}.${method}`, options);
    Object.defineProperty(prototype, method, descriptor);
  }
}

function found(
  telemetry: Telemetry,
  origin: string,
  find: (...args: never[]) => SpanAttributes,
  args: readonly unknown[],
): SpanAttributes {
  try {
    return find(...(args as never[]));
  } catch (error) {
    telemetry.problem(
      `Traced ${origin}`,
      () => `"attributes" of @Traced above ${origin} failed, and the span is without them: ${messageOf(error)}`,
    );
    return {};
  }
}

const FUNCTION_NAME = 'code.function.name';
