import { type Context, type ContextManager, context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';

/**
 * What carries the active span through asynchronous code. A service that has already registered a context manager with the
 * OpenTelemetry API keeps it, so that its instrumentations and Telltale see one another's spans; otherwise it is OpenTelemetry's own.
 */
export function createContexts(): ContextManager {
  return hasGlobalContexts() ? new GlobalContexts() : new AsyncLocalStorageContextManager().enable();
}

const PROBE = createContextKey('Telltale probe');
const PROBED = ROOT_CONTEXT.setValue(PROBE, true);
const isProbed = (): boolean => context.active().getValue(PROBE) === true;

/** Without a registered manager the API runs functions, but carries nothing; it has no other way of telling. */
export function hasGlobalContexts(): boolean {
  return context.with(PROBED, isProbed);
}

/** The context manager that the service registered. It is the service's: switching it on or off is not for us. */
export class GlobalContexts implements ContextManager {
  active(): Context {
    return context.active();
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return context.with(active, fn, thisArg, ...args);
  }

  bind<T>(active: Context, target: T): T {
    return context.bind(active, target);
  }

  attach(active: Context): ReturnType<typeof context.attach> {
    return context.attach(active);
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}
