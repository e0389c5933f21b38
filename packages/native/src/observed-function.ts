import { promisify } from 'node:util';
import type { CallRecorder } from './call-recorder.ts';

export type Callable = (this: unknown, ...args: unknown[]) => unknown;

/** Who a method is called on when it is called on the observed object. */
export interface Receiver {
  readonly observed: object;
  readonly original: object;
}

/** How a function is observed. */
export interface Observation {
  readonly recorder: CallRecorder;
  /** Each call is an operation. */
  readonly whole: boolean;
  /** Its last argument is a callback that ends the call. */
  readonly callback: boolean;
  /** Missing for methods of instances, whose `this` is their own. */
  readonly receiver?: Receiver | undefined;
}

/** A function like `target`, with its name, length and properties, whose calls are recorded. Gives and throws what `target` does. */
export function observedFunction(target: Callable, observation: Observation): Callable {
  const observed = observation.callback
    ? withCallback(target, observation)
    : observation.whole
      ? whole(target, observation)
      : timed(target, observation);
  for (const key of Reflect.ownKeys(target)) {
    if (key === 'prototype') continue;
    const descriptor = Object.getOwnPropertyDescriptor(target, key) as PropertyDescriptor;
    // What `util.promisify` takes instead of the function: the same call by another way.
    const isTwin = key === promisify.custom && typeof descriptor.value === 'function';
    if (isTwin) descriptor.value = observedFunction(descriptor.value, { ...observation, callback: false });
    Object.defineProperty(observed, key, descriptor);
  }
  if (Object.getPrototypeOf(target) !== Function.prototype)
    Object.setPrototypeOf(observed, Object.getPrototypeOf(target));
  // Shared, so that what it constructs is an instance of both.
  if (target.prototype !== undefined) observed.prototype = target.prototype;
  return observed;
}

/** The short way, for calls of nanoseconds. */
function timed(target: Callable, { recorder, receiver }: Observation): Callable {
  const { calls } = recorder;
  const { observed: other, original } = receiver ?? NO_RECEIVER;
  return function observed(this: unknown, ...args: unknown[]): unknown {
    const self = this === other ? original : this;
    if (recorder.left > 0) {
      recorder.left--;
      try {
        return new.target === undefined
          ? Reflect.apply(target, self, args)
          : Reflect.construct(target, args, new.target);
      } catch (error) {
        recorder.failedUntimed(error);
        throw error;
      }
    }
    recorder.skipSome();
    const started = calls.now();
    let result: unknown;
    try {
      result =
        new.target === undefined ? Reflect.apply(target, self, args) : Reflect.construct(target, args, new.target);
    } catch (error) {
      recorder.failed(calls.now() - started, error);
      throw error;
    }
    if (isPromise(result)) {
      calls.inFlight(1);
      result.then(
        () => {
          calls.inFlight(-1);
          recorder.completed(calls.now() - started);
        },
        (error: unknown) => {
          calls.inFlight(-1);
          recorder.failed(calls.now() - started, error);
        },
      );
    } else {
      recorder.completed(calls.now() - started);
    }
    return result;
  };
}

/** Each call an operation. */
function whole(target: Callable, { recorder, receiver }: Observation): Callable {
  const { calls } = recorder;
  const { observed: other, original } = receiver ?? NO_RECEIVER;
  return function observed(this: unknown, ...args: unknown[]): unknown {
    const self = this === other ? original : this;
    const construct = new.target;
    return calls
      .start()
      .perform(() =>
        construct === undefined ? Reflect.apply(target, self, args) : Reflect.construct(target, args, construct),
      );
  };
}

/** The call ends when its callback is called. */
function withCallback(target: Callable, { recorder, receiver, whole: isWhole }: Observation): Callable {
  const { calls } = recorder;
  const { observed: other, original } = receiver ?? NO_RECEIVER;
  return function observed(this: unknown, ...args: unknown[]): unknown {
    const self = this === other ? original : this;
    const callback = args.at(-1);
    if (typeof callback !== 'function') return Reflect.apply(target, self, args);
    const operation = isWhole ? calls.start() : undefined;
    const started = calls.now();
    let isOver = false;
    const end = (error: unknown): void => {
      if (isOver) return;
      isOver = true;
      if (operation !== undefined) operation.end(error);
      else {
        calls.inFlight(-1);
        if (error === undefined || error === null) calls.completed(calls.now() - started);
        else calls.failed(calls.now() - started, error);
      }
    };
    args[args.length - 1] = function called(this: unknown, ...results: unknown[]): unknown {
      end(results[0]);
      return Reflect.apply(callback, this, results);
    };
    if (operation === undefined) calls.inFlight(1);
    const call = (): unknown => Reflect.apply(target, self, args);
    try {
      return operation === undefined ? call() : operation.run(call);
    } catch (error) {
      end(error ?? new Error('thrown without an error'));
      throw error;
    }
  };
}

/** No `this` is it. */
const NO_RECEIVER: Receiver = Object.freeze({ observed: Object.freeze({}), original: Object.freeze({}) });

/** Only real ones: asking other thenables, such as query builders, could start them. */
function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}
