import type { Context, ContextManager } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { GlobalContexts, hasGlobalContexts } from './context.ts';

/**
 * The process's global context manager, from when there is one: the SDK whose spans these are may register it at any time. Until then, one of
 * our own.
 */
export class ForeignContexts implements ContextManager {
  /** What is used, and may be registered, as long as there is no global one. */
  readonly own: ContextManager;
  private current: ContextManager | undefined;

  constructor() {
    this.own = new AsyncLocalStorageContextManager().enable();
    this.current = undefined;
  }

  /** Whether the process has a global one. */
  get isGlobal(): boolean {
    return this.manager() !== this.own;
  }

  active(): Context {
    return this.manager().active();
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.manager().with(active, fn, thisArg, ...args);
  }

  bind<T>(active: Context, target: T): T {
    return this.manager().bind(active, target);
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }

  private manager(): ContextManager {
    if (this.current === undefined && hasGlobalContexts()) this.current = new GlobalContexts();
    return this.current ?? this.own;
  }
}
