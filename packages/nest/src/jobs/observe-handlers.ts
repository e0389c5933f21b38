import type { MetadataScanner } from '@nestjs/core';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Class } from '../classes/container.ts';
import { type Around, wrapMethod } from '../classes/wrap-method.ts';
import { currentDelivery } from './delivery.ts';
import { MESSAGE_HANDLER, metadataOf, SCHEDULER, SCHEDULER_NAME, SUBSCRIPTION } from './handler-metadata.ts';

const SCHEDULE = 'schedule';

/**
 * Observes the methods of a class, inherited ones included, that Nest calls for messages and at times; says whether there are any. Doing it
 * again changes nothing.
 */
export function observeHandlers(prototype: object, scanner: MetadataScanner): boolean {
  let found = false;
  for (const name of scanner.getAllMethodNames(prototype)) {
    const method = (prototype as Readonly<Record<string, unknown>>)[name];
    if (typeof method !== 'function') continue;
    const around = aroundFor(method, name);
    if (around === undefined) continue;
    wrapMethod(prototype, name, around, 'job');
    found = true;
  }
  return found;
}

function aroundFor(method: object, name: string): Around | undefined {
  // Nest numbers its schedulers from 1.
  if (metadataOf(SCHEDULER, method)) return tick(metadataOf(SCHEDULER_NAME, method), name);
  if (metadataOf(SUBSCRIPTION, method) || metadataOf(MESSAGE_HANDLER, method)) return message(name);
  return undefined;
}

/** The job was begun where the message came in, before guards and pipes. */
function message(method: string): Around {
  const origin = perClass((type) => `${type.name}.${method}`);
  return (_telemetry, proceed, instance) => {
    const delivery = currentDelivery();
    return delivery === undefined ? proceed() : delivery.handle(proceed, origin(instance));
  };
}

/** One tick of a cron or interval, or a timeout. */
function tick(given: unknown, method: string): Around {
  const options = perClass((type) => {
    const origin = `${type.name}.${method}`;
    const name = typeof given === 'string' && given !== '' ? given : origin;
    return { name, queue: SCHEDULE, spanName: name, spanAttributes: { 'code.function.name': origin } };
  });
  return (telemetry, proceed, instance) => {
    const { name, ...rest } = options(instance);
    return telemetry.job(name, { ...rest, parent: ROOT_CONTEXT }, proceed);
  };
}

/** What depends on the class of an instance, made once for each: methods are inherited. */
function perClass<T>(make: (type: Class) => T): (instance: object) => T {
  const made = new WeakMap<object, T>();
  return (instance) => {
    const type = instance.constructor;
    let value = made.get(type);
    if (value === undefined) {
      value = make(type);
      made.set(type, value);
    }
    return value;
  };
}
