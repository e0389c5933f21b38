import { Inject, Optional } from '@nestjs/common';
import { TelemetryError } from '@telltale/core';
import { type Around, type Method, wrapFunction } from '../classes/wrap-method.ts';
import { TelemetryHolder } from '../injection/telemetry-holder.ts';

/** The property by which Nest hands telemetry to each instance; nothing is kept in it. */
const INJECTED = Symbol.for('telltale.nest.injected');

/** What a decorator of methods returns. */
export type TelemetryMethodDecorator = (target: object, name: string | symbol, descriptor: PropertyDescriptor) => void;

/** Puts `around` around a method while its class is being defined. `decorator` is the name of what was written above it. */
export function decorateMethod(
  decorator: string,
  target: object,
  name: string | symbol,
  descriptor: PropertyDescriptor | undefined,
  around: Around,
): void {
  const method: unknown = descriptor?.value;
  if (typeof target === 'function' || descriptor === undefined || typeof method !== 'function') {
    throw new TelemetryError(
      'ERR_OPTION',
      `@${decorator}() is above "${String(name)}", which is no method of instances; telemetry is found through these.`,
    );
  }
  descriptor.value = wrapFunction(method as Method, around);
  injectTelemetry(target);
}

/** What metrics and spans call a method. */
export function nameOf(prototype: object, name: string | symbol): string {
  return `${prototype.constructor.name}.${String(name)}`;
}

/** Has Nest hand telemetry to the instances of a class, also to those made per request or later on. Elsewhere, the methods simply work. */
function injectTelemetry(prototype: object): void {
  if (INJECTED in prototype) return;
  Object.defineProperty(prototype, INJECTED, {
    configurable: true,
    get: () => undefined,
    set(this: object, holder: TelemetryHolder | undefined) {
      holder?.attachTo(this);
    },
  });
  Inject(TelemetryHolder)(prototype, INJECTED);
  Optional()(prototype, INJECTED);
}
