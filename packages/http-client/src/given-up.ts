/** The service itself gave the call up, and nobody says why. */
export const ABORTED = { name: 'AbortError', message: 'The service gave the call up.' };

/** Whether the service wanted the call no more, rather than anything having failed. A time limit that has passed is a failure. */
export function isGivenUp(error: unknown): boolean {
  if (typeof error === 'string') return true; // undici, of a response that was never read and is garbage now
  if (typeof error !== 'object' || error === null) return false;
  const { name, cause } = error as { readonly name?: unknown; readonly cause?: unknown };
  return (name === 'AbortError' || name === 'CanceledError') && !isTimeLimit(cause); // the second is axios's
}

/** What to say of an error: `node:http` wraps the reason of an `AbortSignal.timeout`. */
export function reasonOf(error: unknown): unknown {
  const cause = typeof error === 'object' && error !== null ? (error as { readonly cause?: unknown }).cause : undefined;
  return isTimeLimit(cause) ? cause : error;
}

function isTimeLimit(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as { readonly name?: unknown }).name === 'TimeoutError';
}
