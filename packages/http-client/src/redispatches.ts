import { AsyncResource } from 'node:async_hooks';
import type { Telemetry } from '@telltale/core';
import type { Context } from './observed-call.ts';

/** A request that a handler of undici has asked for before. */
interface Dispatched {
  readonly context: Context;
  count: number;
}

/**
 * Brings requests of undici back to where they were made. undici makes them in the context of whatever made room for them: after a retry or
 * redirect by an interceptor, and, before undici 8, when they had to wait for a free connection of a limited pool. Who asked for them shows in
 * their handler, which undici keeps under a symbol; where that cannot be found, the context stays as it is.
 */
export class Redispatches {
  private readonly telemetry: Telemetry;
  private readonly dispatched = new WeakMap<object, Dispatched>();
  /** Of the copy of undici that was met last; nearly always there is one. */
  private lastClass: unknown = undefined;
  private symbol: symbol | undefined = undefined;

  constructor(telemetry: Telemetry) {
    this.telemetry = telemetry;
  }

  /** Calls `start` where the request was made, with the number of requests before it that asked for the same. */
  run<T>(request: object, start: (resends: number) => T): T {
    const handler = this.handlerOf(request);
    if (handler instanceof AsyncResource) return handler.runInAsyncScope(start, undefined, 0);
    if (!canDispatch(handler)) return start(0);
    const before = this.dispatched.get(handler);
    if (before === undefined) {
      this.dispatched.set(handler, { context: this.telemetry.activeContext(), count: 0 });
      return start(0);
    }
    before.count++;
    return this.telemetry.withContext(before.context, () => start(before.count));
  }

  private handlerOf(request: object): unknown {
    if (request.constructor !== this.lastClass) {
      this.lastClass = request.constructor;
      this.symbol = Object.getOwnPropertySymbols(request).find(({ description }) => description === 'handler');
    }
    return this.symbol === undefined ? undefined : (request as Readonly<Record<symbol, unknown>>)[this.symbol];
  }
}

/** As handlers of retries and redirects can; it is what makes them the same for several requests. */
function canDispatch(handler: unknown): handler is object {
  return (
    typeof handler === 'object' &&
    handler !== null &&
    typeof (handler as { readonly dispatch?: unknown }).dispatch === 'function'
  );
}
