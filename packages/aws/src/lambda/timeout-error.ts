/** What an invocation that ran out of time has as its error. */
export function timeoutError(seconds: number): Error {
  const error = new Error(`the invocation had not ended after ${seconds.toFixed(1)} s, shortly before its deadline`);
  error.name = 'timeout';
  // Where it was made says nothing of what took so long.
  delete error.stack;
  return error;
}
