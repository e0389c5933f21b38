import { type Context, type ContextManager, ROOT_CONTEXT } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { registeredGlobally } from './global-api.ts';

/**
 * What carries the active span through asynchronous code. A service that has already registered a context manager with the
 * OpenTelemetry API keeps it, so that its instrumentations and Telltale see one another's spans; otherwise it is OpenTelemetry's own.
 */
export function createContexts(): ContextManager {
  return hasGlobalContexts() ? new GlobalContexts() : new AsyncLocalStorageContextManager().enable();
}

export function hasGlobalContexts(): boolean {
  return registeredGlobally().context !== undefined;
}

/** The context manager that the service registered. It is the service's: switching it on or off is not for us. Should it go, nothing is carried. */
export class GlobalContexts implements ContextManager {
  active(): Context {
    return registeredGlobally().context?.active() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const manager = registeredGlobally().context;
    return manager === undefined ? fn.call(thisArg, ...args) : manager.with(active, fn, thisArg, ...args);
  }

  bind<T>(active: Context, target: T): T {
    return registeredGlobally().context?.bind(active, target) ?? target;
  }

  attach(active: Context): ReturnType<NonNullable<ContextManager['attach']>> {
    return registeredGlobally().context?.attach?.(active) ?? NOT_ATTACHED;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}

const NOT_ATTACHED = Object.freeze({ dispose() {} });
