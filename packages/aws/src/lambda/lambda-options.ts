import { checkKeys, TelemetryError } from '@telltale/core';

/** When and for how long what was recorded is delivered before the process may be frozen. */
export interface FlushOptions {
  /** Seconds that an invocation's answer waits for it at most, and never past the deadline; default 1. */
  readonly timeout?: number;
  /**
   * Deliver after an invocation only when so many seconds have passed since the last time; default 0, after each one, and 1 where several
   * invocations run in one process (AWS_LAMBDA_MAX_CONCURRENCY), which is not frozen. What waits when the sandbox is thrown away is lost.
   */
  readonly every?: number;
}

export interface LambdaOptions {
  readonly flush?: FlushOptions;
  /**
   * Seconds before the deadline at which an invocation counts as timed out and is delivered; default 0.5, at most a fifth of the time the
   * invocation has. `false`: no guard, and what is killed leaves no trace.
   */
  readonly timeoutMargin?: number | false;
  /** The template of a request's route, for functions that route by themselves; default: the gateway's. `undefined` is no route. */
  readonly route?: (event: never) => string | undefined;
  /**
   * Whether the event source mapping has ReportBatchItemFailures: then an answer that Lambda takes for malformed fails all records. Default:
   * an answer with `batchItemFailures` says that it has.
   */
  readonly reportBatchItemFailures?: boolean;
  /** After so many deliveries a message goes to the dead-letter queue: before, a failed job is `retried`. Default: not known, and it is `failed`. */
  readonly maxReceiveCount?: number;
}

export interface LambdaSettings {
  readonly flushTimeout: number;
  readonly flushEvery: number;
  readonly timeoutMargin: number | false;
  readonly route: ((event: never) => string | undefined) | undefined;
  readonly reportsFailures: boolean | undefined;
  readonly maxReceiveCount: number | undefined;
}

const DEFAULT_FLUSH_TIMEOUT = 1;
const DEFAULT_CONCURRENT_EVERY = 1;
const DEFAULT_MARGIN = 0.5;

/** Throws `ERR_OPTION` for what is wrong. */
export function checkLambdaOptions(options: LambdaOptions, env: NodeJS.ProcessEnv = process.env): LambdaSettings {
  checkKeys('lambdaTelemetry', options, [
    'flush',
    'timeoutMargin',
    'route',
    'reportBatchItemFailures',
    'maxReceiveCount',
  ]);
  const { flush = {}, timeoutMargin = DEFAULT_MARGIN, route, reportBatchItemFailures, maxReceiveCount } = options;
  checkKeys('lambdaTelemetry.flush', flush, ['timeout', 'every']);
  const { timeout = DEFAULT_FLUSH_TIMEOUT, every = isConcurrent(env) ? DEFAULT_CONCURRENT_EVERY : 0 } = flush;
  checkSeconds('flush.timeout', timeout, 'seconds that an answer may wait, such as 1');
  checkSeconds('flush.every', every, 'seconds, or 0 for after each invocation');
  if (timeoutMargin !== false) {
    checkSeconds('timeoutMargin', timeoutMargin, 'seconds before the deadline, or false for no guard');
  }
  if (route !== undefined && typeof route !== 'function') {
    throw optionError('route', route, 'a function from the event to the template of its route');
  }
  if (reportBatchItemFailures !== undefined && typeof reportBatchItemFailures !== 'boolean') {
    throw optionError('reportBatchItemFailures', reportBatchItemFailures, 'true or false');
  }
  if (maxReceiveCount !== undefined && !(Number.isInteger(maxReceiveCount) && maxReceiveCount >= 1)) {
    throw optionError('maxReceiveCount', maxReceiveCount, "the queue's own, a whole number above 0");
  }
  return {
    flushTimeout: timeout,
    flushEvery: every,
    timeoutMargin,
    route,
    reportsFailures: reportBatchItemFailures,
    maxReceiveCount,
  };
}

/** Whether several invocations run in this process at once, as on Lambda Managed Instances. */
export function isConcurrent(env: NodeJS.ProcessEnv): boolean {
  return env.AWS_LAMBDA_MAX_CONCURRENCY !== undefined;
}

function checkSeconds(key: string, value: unknown, mend: string): void {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw optionError(key, value, mend);
}

function optionError(key: string, value: unknown, mend: string): TelemetryError {
  const shown = typeof value === 'function' ? 'a function' : (JSON.stringify(value) ?? String(value));
  return new TelemetryError('ERR_OPTION', `"lambdaTelemetry.${key}" is ${shown}; give ${mend}.`);
}
