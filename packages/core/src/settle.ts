/**
 * Runs `work` and calls `settled` exactly once when it has ended: at once for a plain value or a throw, later for a promise.
 * Returns or throws what `work` did; a promise comes back as the very same one. Other thenables (the query builders of Knex and Mongoose)
 * run anew on each `then`, so they are asked once and come back as a promise.
 */
export function settle<T>(work: () => T, settled: (failed: boolean, error: unknown) => void): T {
  let result: T;
  try {
    result = work();
  } catch (error) {
    settled(true, error);
    throw error;
  }
  if (!isThenable(result)) {
    settled(false, undefined);
    return result;
  }
  const promise = result instanceof Promise ? result : Promise.resolve(result);
  promise.then(
    () => settled(false, undefined),
    (error: unknown) => settled(true, error),
  );
  return promise as T;
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
