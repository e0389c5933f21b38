import { checkKeys } from '../check-keys.ts';
import { TelemetryError } from '../errors.ts';

const DEADLOCK_AFTER = 30;

/** How a lock is taken: alone, or together with others that share it. */
export type LockMode = 'exclusive' | 'shared';

export interface LockOptions {
  /** Seconds for which it may be held or waited for until a deadlock is suspected. `Infinity`: never. Default 30. */
  readonly deadlockAfter?: number;
  /** How many may hold it at a time, for semaphores. Default 1. */
  readonly permits?: number;
}

/** Throws `ERR_OPTION` for options that are wrong; fills in what is left out. */
export function checkLock(name: string, options: LockOptions): Required<LockOptions> {
  if (typeof name !== 'string' || name === '') {
    throw new TelemetryError('ERR_OPTION', 'A lock needs a name that tells what it guards: telemetry.lock("stock").');
  }
  checkKeys('lock', options, ['deadlockAfter', 'permits']);
  const { deadlockAfter = DEADLOCK_AFTER, permits = 1 } = options;
  if (typeof deadlockAfter !== 'number' || !(deadlockAfter > 0)) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"deadlockAfter" of lock "${name}" is ${String(deadlockAfter)}; give seconds above 0, or Infinity to suspect nothing.`,
    );
  }
  if (!Number.isInteger(permits) || permits < 1) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"permits" of lock "${name}" is ${String(permits)}; give how many may hold it at a time, a whole number from 1.`,
    );
  }
  return { deadlockAfter, permits };
}
