import { MetadataScanner } from '@nestjs/core';
import type { Class } from './container.ts';
import { MethodSpan } from './method-span.ts';
import { wantsSpan } from './span-selection.ts';
import { wrapMethod } from './wrap-method.ts';

/** The keys under which `@Get` and the like note the path and method of a route. */
const ROUTE = ['path', 'method'] as const;

/** Gives the methods of a controller that answer requests, inherited ones included, a span each. */
export function observeHandlers({ name, prototype }: Class): void {
  for (const method of new MetadataScanner().getAllMethodNames(prototype)) {
    const handler = (prototype as Readonly<Record<string, unknown>>)[method];
    if (typeof handler !== 'function' || !ROUTE.every((key) => Reflect.hasMetadata(key, handler))) continue;
    const title = `${name}.${method}`;
    const span = new MethodSpan(title, {
      'code.function.name': title,
      'nestjs.type': 'handler',
      'nestjs.controller': name,
      'nestjs.callback': method,
    });
    wrapMethod(
      prototype,
      method,
      (telemetry, proceed, controller) =>
        wantsSpan(controller, 'handler') ? span.runInside(telemetry, proceed) : proceed(),
      'handler',
    );
  }
}
