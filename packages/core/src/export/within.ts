import type { Clock } from '../clock.ts';

/** Settles as `promise` does, or rejects after `seconds`. */
export async function within(promise: Promise<void>, seconds: number, clock: Clock): Promise<void> {
  let cancel = (): void => {};
  const limit = new Promise<never>((_, reject) => {
    cancel = clock.schedule(() => reject(new Error(`start() did not settle within ${seconds} s`)), seconds);
  });
  try {
    await Promise.race([promise, limit]);
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
