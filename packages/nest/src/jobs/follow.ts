import { isObservable, Observable, tap } from 'rxjs';

/** Told of how a handler's result ends. Only the first call counts. */
export interface Ends {
  /** With what was given: a value, or the stream that is at its end. */
  completed(value?: unknown): void;
  failed(error: unknown): void;
  /** Whoever took the stream has left it before its end. */
  abandoned(): void;
}

/**
 * Does `work` and tells `ends` when what it gives has ended: a value at once, a promise when it settles, a stream, also one that a promise
 * gives, with its last value. Returns or throws what `work` does. `within` runs what a stream does when it is subscribed to.
 */
export function follow(work: () => unknown, ends: Ends, within: <T>(work: () => T) => T): unknown {
  let result: unknown;
  try {
    result = work();
  } catch (error) {
    ends.failed(error);
    throw error;
  }
  if (!isThenable(result)) return followStream(result, ends, within);
  return result.then(
    (value) => followStream(value, ends, within),
    (error: unknown) => {
      ends.failed(error);
      throw error;
    },
  );
}

function followStream(value: unknown, ends: Ends, within: <T>(work: () => T) => T): unknown {
  if (!isObservable(value)) {
    ends.completed(value);
    return value;
  }
  const followed = value.pipe(
    tap({
      complete: () => ends.completed(value),
      error: (error: unknown) => ends.failed(error),
      unsubscribe: () => ends.abandoned(),
    }),
  );
  return new Observable((subscriber) => within(() => followed.subscribe(subscriber)));
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
