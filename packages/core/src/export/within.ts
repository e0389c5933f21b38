import type { Clock } from '../clock.ts';

/** Settles as `promise` does, or rejects after `seconds`, in the words of what did not happen: "start() did not settle". */
export async function within<T>(promise: Promise<T>, seconds: number, clock: Clock, failed: string): Promise<T> {
  let cancel = (): void => {};
  const limit = new Promise<never>((_, reject) => {
    cancel = clock.schedule(() => reject(new Error(`${failed} within ${seconds} s`)), seconds);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    cancel();
  }
}

export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
