import { messageOf } from '../errors.ts';
import type { ExportError, ExportResult } from './exporter.ts';
import type { Settled } from './limited-call.ts';

/** What became of the items of a call, as far as the exporter named them. */
export interface Named {
  /** Items that the call was given. */
  readonly size: number;
  /** Not named as accepted, refused or given up. */
  readonly left: number;
  /** Refused for good. */
  readonly refused: number;
  /** Sent, perhaps in vain, and not to be sent again. */
  readonly givenUp: number;
  /** Of those that are left: sent, perhaps in vain, and to be sent again. */
  readonly again: number;
}

/** What an export call means for the batch that it was given. The counts have neither what is tried again nor what was refused or given up by name. */
export interface Verdict {
  readonly accepted: number;
  readonly rejected: number;
  readonly unknown: number;
  /** What is left is handed over again. */
  readonly retry: boolean;
  /** Of what is left, only that which was named as perhaps in vain: the rest was taken, and is in `accepted`. */
  readonly onlyAgain: boolean;
  /** The payload is at fault: it may be handed over again in parts. */
  readonly divisible: boolean;
  /** Seconds the backend asked to wait before the next call. */
  readonly retryAfter: number | undefined;
  /** The backend could not be reached, or did not take anything for now: for the circuit breaker. */
  readonly down: boolean;
  /** Why the call failed; `undefined` when it did not. */
  readonly failure: string | undefined;
  /** Why some of a batch that otherwise was taken were refused. */
  readonly refusal: string | undefined;
}

/** Judges a call that has settled. */
export function judge(settled: Settled<unknown>, named: Named): Verdict {
  return settled.failed ? judgeFailure(settled.error, named) : judgeResult(settled.result, named);
}

function judgeResult(result: unknown, named: Named): Verdict {
  const { size, left, refused, givenUp, again } = named;
  const { rejected, retryAfter, reason } = resultOf(result);
  const verdict = { ...nothing(named), retryAfter };
  const done = size - refused - givenUp - again;
  if (again > 0)
    return {
      ...verdict,
      accepted: done,
      retry: true,
      onlyAgain: true,
      failure: reason ?? `whether ${again} arrived is not known`,
    };
  // The number has those that were named.
  const unnamed = Math.min(left, Math.max(0, rejected - refused));
  const why = reason ?? 'the backend gave no reason';
  if (unnamed > 0 && retryAfter !== undefined) {
    return { ...verdict, retry: true, failure: why, down: verdict.accepted === 0 };
  }
  const answer = { ...verdict, accepted: done - unnamed, rejected: unnamed };
  if (refused + unnamed === size && size > 0) return { ...answer, failure: why };
  return unnamed === 0 ? answer : { ...answer, refusal: why };
}

function judgeFailure(error: unknown, named: Named): Verdict {
  const { left, again } = named;
  const { retryAfter, retryable = true, outcomeUnknown = false, divisible = false } = optionsOf(error);
  const verdict = nothing(named);
  return {
    ...verdict,
    rejected: retryable || outcomeUnknown ? 0 : left,
    unknown: outcomeUnknown ? left - again : 0,
    retry: retryable && left > 0,
    divisible: divisible && !outcomeUnknown && left > 0,
    retryAfter,
    // Who refuses a payload, or takes a part of it, is there.
    down: (retryable || outcomeUnknown) && !divisible && verdict.accepted === 0,
    failure: messageOf(error),
  };
}

function nothing({ size, left, refused, givenUp }: Named): Verdict {
  return {
    accepted: size - left - refused - givenUp,
    rejected: 0,
    unknown: 0,
    retry: false,
    onlyAgain: false,
    divisible: false,
    retryAfter: undefined,
    down: false,
    failure: undefined,
    refusal: undefined,
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

type Said = Partial<Pick<ExportError, 'retryAfter' | 'retryable' | 'outcomeUnknown' | 'divisible'>>;

/** By name, so that an `ExportError` from another copy of this package counts as well. */
function optionsOf(error: unknown): Said {
  if (!(error instanceof Error) || error.name !== 'ExportError') return {};
  const { retryAfter, retryable, outcomeUnknown, divisible } = error as Partial<ExportError>;
  return {
    ...(isSeconds(retryAfter) && { retryAfter }),
    retryable: retryable !== false,
    outcomeUnknown: outcomeUnknown === true,
    divisible: divisible === true,
  };
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}
