/** `error.type` of what was thrown: its code, else its name. */
export function errorTypeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '_OTHER';
  try {
    const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
    for (const type of [code, name]) if (typeof type === 'string' && type !== '') return type;
  } catch {
    // A getter that throws says nothing.
  }
  return '_OTHER';
}

/** What an invocation that ran out of time has as its error. */
export function timeoutError(seconds: number): Error {
  const error = new Error(`the invocation had not ended after ${seconds.toFixed(1)} s, shortly before its deadline`);
  error.name = 'timeout';
  // Where it was made says nothing of what took so long.
  delete error.stack;
  return error;
}
