import { messageOf } from '../errors.ts';
import type { ExportError, ExportResult } from './exporter.ts';
import type { Settled } from './limited-call.ts';

/** What an export call means for the batch that it was given. The counts do not include what is tried again. */
export interface Verdict {
  readonly accepted: number;
  readonly rejected: number;
  readonly unknown: number;
  /** What is left is handed over again. */
  readonly retry: boolean;
  /** Seconds the backend asked to wait before the next call. */
  readonly retryAfter: number | undefined;
  /** Why the call failed; `undefined` when it did not. */
  readonly failure: string | undefined;
  /** Why some of a batch that otherwise was taken were refused. */
  readonly refusal: string | undefined;
}

/** Judges a call that was given `size` items, of which `left` were not named by `accepted()`. */
export function judge(settled: Settled<unknown>, size: number, left: number): Verdict {
  const named = {
    accepted: size - left,
    rejected: 0,
    unknown: 0,
    retry: false,
    retryAfter: undefined,
    failure: undefined,
    refusal: undefined,
  };
  if (!settled.failed) {
    const { rejected, retryAfter, reason } = resultOf(settled.result);
    const refused = Math.min(left, rejected);
    const why = reason ?? 'the backend gave no reason';
    if (refused === 0) return { ...named, accepted: size, retryAfter };
    if (retryAfter !== undefined) return { ...named, retry: true, retryAfter, failure: why };
    if (refused === size) return { ...named, rejected: refused, failure: why };
    return { ...named, accepted: size - refused, rejected: refused, refusal: why };
  }
  const { retryAfter, retryable = true, outcomeUnknown = false } = optionsOf(settled.error);
  return {
    ...named,
    rejected: retryable || outcomeUnknown ? 0 : left,
    unknown: outcomeUnknown ? left : 0,
    retry: retryable && left > 0,
    retryAfter,
    failure: messageOf(settled.error),
  };
}

/** Exporters are written by anyone: what they resolve with is read as far as it makes sense. */
function resultOf(result: unknown): Pick<ExportResult, 'rejected' | 'retryAfter' | 'reason'> {
  if (typeof result !== 'object' || result === null) return { rejected: 0 };
  const { rejected, retryAfter, reason } = result as Partial<ExportResult>;
  return {
    rejected: typeof rejected === 'number' && rejected > 0 ? rejected : 0,
    ...(isSeconds(retryAfter) && { retryAfter }),
    ...(typeof reason === 'string' && { reason }),
  };
}

/** By name, so that an `ExportError` from another copy of this package counts as well. */
function optionsOf(error: unknown): Partial<Pick<ExportError, 'retryAfter' | 'retryable' | 'outcomeUnknown'>> {
  if (!(error instanceof Error) || error.name !== 'ExportError') return {};
  const { retryAfter, retryable, outcomeUnknown } = error as Partial<ExportError>;
  return {
    ...(isSeconds(retryAfter) && { retryAfter }),
    retryable: retryable !== false,
    outcomeUnknown: outcomeUnknown === true,
  };
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}
