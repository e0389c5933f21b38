import type { Clock } from '../clock.ts';

/** How a call ended. */
export type Settled<T> =
  | { readonly failed: false; readonly result: T }
  | { readonly failed: true; readonly error: unknown };

/** Seconds after the time limit that a call has to obey its signal, before it counts as hanging. */
const OBEY_WITHIN = 1;

/**
 * Makes a call with a time limit: past it, `controller` is aborted. Resolves when the call settles, however late, and never rejects; a throw
 * counts as a rejection. `overdue` is called once if the call still runs a second after the limit.
 */
export async function limitedCall<T>(
  call: () => Promise<T> | T,
  limit: { readonly clock: Clock; readonly seconds: number; readonly controller: AbortController },
  overdue: () => void,
): Promise<Settled<T>> {
  const { clock, seconds, controller } = limit;
  let timedOut = false;
  let cancel = clock.schedule(() => {
    timedOut = true;
    cancel = clock.schedule(overdue, OBEY_WITHIN);
    controller.abort(timeLimitError(seconds));
  }, seconds);
  // Whoever else aborts it does not wait for it any more.
  controller.signal.addEventListener('abort', () => timedOut || cancel(), { once: true });
  try {
    return { failed: false, result: await call() };
  } catch (error) {
    // Whatever the call makes of being stopped, the reason is ours.
    return { failed: true, error: timedOut && isAbort(error) ? timeLimitError(seconds) : error };
  } finally {
    cancel();
  }
}

function timeLimitError(seconds: number): DOMException {
  return new DOMException(`no answer within ${seconds} s`, 'TimeoutError');
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}
