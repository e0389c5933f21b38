import type { HttpServerOptions, Telemetry } from '@telltale/core';

/** Where handlers wait until the test opens it. */
export class Gate {
  private readonly waiting: (() => void)[] = [];

  pass(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** How many handlers wait. */
  get count(): number {
    return this.waiting.length;
  }

  /** Lets those pass that wait now. */
  open(): void {
    for (const pass of this.waiting.splice(0)) pass();
  }
}

/** What an HTTP adapter's application needs besides its framework. */
export interface HttpAdapterContext {
  readonly telemetry: Telemetry;
  /** Handlers wait at it until the test opens it. */
  readonly gate: Gate;
  /** To be handed to the adapter as its options. Its functions read `method`, `url` and `headers` of the request. */
  readonly options: HttpServerOptions;
}

export interface HttpAdapterUnderTest {
  /** On 127.0.0.1. */
  readonly port: number;
  close(): Promise<void>;
}

/** What the adapter under test is. */
export interface HttpAdapterSuiteOptions {
  readonly name: string;
  /**
   * Serves an application that is observed by the adapter, with these routes; `tick` is some asynchronous step, such as `setImmediate`.
   *
   *     GET  /                              200 'home'
   *     GET  /users/:id                     200 'user'
   *     GET  /shops/:shop/orders/:order     200 'order'; `/shops/:shop/orders` is the mount of a router of its own, where frameworks have routers
   *     GET  /shops/:shop/orders            200 'orders'; the root of that router
   *     POST /echo                          200, the body of the request (up to 1 MiB), in a span of `telemetry.span('echo', …)` made after the body was read
   *     GET  /traced                        200 'traced', in `await telemetry.span('work', …)` that is made after a tick
   *     GET  /fails/now                     throws a TypeError
   *     GET  /fails/later                   fails with a RangeError after a tick, in the way the framework has for that
   *     GET  /refused                       400 'refused'
   *     GET  /unavailable                   503 'unavailable'
   *     GET  /empty                         204
   *     GET  /unchanged                     304
   *     GET  /moved                         302 to /
   *     GET  /held                          `await gate.pass()`, then 200 'late'
   *     GET  /stream                        200, writes 'one', `await gate.pass()`, writes 'two', ends; in chunks, as text
   *     GET  /events                        200, sends the head by itself, `await gate.pass()`, writes 'data: 1\n\n', ends
   *     GET  /hints                         `await gate.pass()` after a 103 response, then 200 'hinted'
   *     GET  /broken                        200, writes 'one', `await gate.pass()`, destroys the response
   *     GET  /late-stream                   200, `await gate.pass()`, writes 'one', `await gate.pass()`, writes 'two', ends; in chunks, as text
   *     GET  /twice                         200 'once', and then ends the response once more, with 'twice', which nobody sees; listens to the response's
   *                                         `error`, as Node has one for that
   *     GET  /skipped/:id                   200 'skipped'
   *     GET  /never                         never answers
   *     GET  /socket                        a WebSocket served by `ws`; sends the message `{"event":"echo","data":"hi"}` back when it gets it, and may do so
   *                                         with any other (a message of this form can have a handler in a gateway of Nest)
   *
   * All routes with GET answer HEAD as well, `/socket` is nothing for plain requests, and there is nothing at any other URL.
   */
  serve(context: HttpAdapterContext): Promise<HttpAdapterUnderTest>;
  /** How the adapter spells the template of a route that is written `/users/:id` above; as it is, unless given. */
  route?(route: string): string;
  /** The route of WebSockets at `/socket`, where the adapter knows one; `(no route)` unless given. */
  readonly socketRoute?: string;
}
