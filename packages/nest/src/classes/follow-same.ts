import { isObservable } from 'rxjs';
import { type Ends, follow } from '../jobs/follow.ts';

/**
 * As `follow`, for methods that anyone calls: a promise comes back as the very same one, and other thenables (the query builders of Knex and
 * Mongoose, which run anew on each `then`) as one promise. A Subject counts as a value: it outlives the call, and its callers want it as it is.
 */
export function followSame(work: () => unknown, ends: Ends, within: <T>(work: () => T) => T): unknown {
  let result: unknown;
  try {
    result = work();
  } catch (error) {
    ends.failed(error);
    throw error;
  }
  if (isObservable(result) && !isSubject(result)) return follow(() => result, ends, within);
  if (!isThenable(result)) {
    ends.completed(result);
    return result;
  }
  const promise = result instanceof Promise ? result : Promise.resolve(result);
  promise.then(
    (value) => ends.completed(value),
    (error: unknown) => ends.failed(error),
  );
  return promise;
}

function isSubject(value: object): boolean {
  return typeof (value as { readonly next?: unknown }).next === 'function';
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
