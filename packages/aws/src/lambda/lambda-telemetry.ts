import { type Telemetry, TelemetryError } from '@telltale/core';
import { checkTelemetry } from './check-telemetry.ts';
import { CrashWatch } from './crash-watch.ts';
import { MAKES_JOBS } from './each-record.ts';
import { FaasMetrics } from './faas-metrics.ts';
import { Flusher } from './flusher.ts';
import { Invocation } from './invocation.ts';
import { dressAs, isStreaming, type LambdaContext, type LambdaFunction } from './lambda-function.ts';
import { checkLambdaOptions, isConcurrent, type LambdaOptions } from './lambda-options.ts';
import { Sandbox } from './sandbox.ts';
import { textOf } from './shapes.ts';
import type { InvocationHome } from './unit.ts';

/** The guard acts so long before the deadline, as a share of the time an invocation has, at most. */
const MAX_MARGIN_SHARE = 0.2;

/**
 * A handler like `handler` whose invocations are observed and delivered before the process may be frozen: same `this`, arguments, result and
 * errors. Handlers without a callback give a promise. Throws `ERR_OPTION` for what is no telemetry or no function, and for options that are wrong.
 */
export function lambdaTelemetry<Handler extends LambdaFunction>(
  telemetry: Telemetry,
  handler: Handler,
  options: LambdaOptions = {},
): Handler {
  checkTelemetry('lambdaTelemetry', telemetry);
  if (typeof handler !== 'function') {
    throw new TelemetryError(
      'ERR_OPTION',
      `lambdaTelemetry was given a handler of type ${typeof handler}; give the function that Lambda is to call.`,
    );
  }
  const wrapper = new LambdaWrapper(telemetry, handler, options);
  function wrapped(this: unknown, ...args: unknown[]): unknown {
    return wrapper.call(this, args, isStreaming(wrapped));
  }
  dressAs(handler, wrapped);
  return wrapped as Handler;
}

type Callback = (...args: unknown[]) => unknown;

class LambdaWrapper {
  private readonly handler: LambdaFunction;
  private readonly home: InvocationHome;
  private readonly flusher: Flusher;
  private readonly crashes: CrashWatch;

  constructor(telemetry: Telemetry, handler: LambdaFunction, options: LambdaOptions) {
    const settings = checkLambdaOptions(options);
    this.handler = handler;
    this.home = {
      telemetry,
      settings,
      metrics: new FaasMetrics(telemetry),
      sandbox: new Sandbox(process.env),
      makesJobs: MAKES_JOBS in handler,
    };
    this.flusher = new Flusher(telemetry, settings);
    this.crashes = new CrashWatch(this.flusher, settings.flushTimeout);
  }

  call(self: unknown, args: unknown[], streaming: boolean): unknown {
    const context = contextOf(args[streaming ? 2 : 1]);
    const invocation = this.begin(args, context, streaming);
    if (invocation === undefined) return this.handler.apply(self, args);
    const end = this.endOf(invocation, context);
    const callback = streaming ? undefined : (args[2] as unknown);
    const given = typeof callback === 'function' ? withCallback(args, callback as Callback, end) : args;
    const legacy = !streaming && hasLegacyEnds(context);
    if (legacy) replaceLegacyEnds(context as LegacyContext, end);
    let result: unknown;
    try {
      result = invocation.run(() => this.handler.apply(self, given));
    } catch (error) {
      if (isSynchronous(this.handler, streaming, legacy)) {
        void end(true, error);
        throw error;
      }
      return settled(end(true, error), () => {
        throw error;
      });
    }
    if (isThenable(result)) {
      return result.then(
        (value: unknown) => settled(end(false, value), () => value),
        (error: unknown) =>
          settled(end(true, error), () => {
            throw error;
          }),
      );
    }
    // It ends by its callback.
    if (!streaming && (this.handler.length > 2 || legacy)) return result;
    if (streaming) {
      void end(false, result);
      return result;
    }
    return settled(end(false, result), () => result);
  }

  /** `undefined` when it cannot be observed, which no event should do. */
  private begin(args: readonly unknown[], context: Partial<LambdaContext>, streaming: boolean): Invocation | undefined {
    const { telemetry } = this.home;
    try {
      const start = { home: this.home, event: args[0], context, xray: xrayOf(context) };
      const invocation = new Invocation(start, streaming ? args[1] : undefined);
      this.crashes.add(invocation);
      return invocation;
    } catch (error) {
      telemetry.problem('lambdaTelemetry', () => `An invocation was not observed (${String(error)}).`);
      return undefined;
    }
  }

  /** What is to be called when the invocation has ended; gives when what was recorded has been delivered. */
  private endOf(
    invocation: Invocation,
    context: Partial<LambdaContext>,
  ): (failed: boolean, value: unknown) => Promise<void> {
    const cancel = this.guard(invocation, context);
    return async (failed, value) => {
      cancel();
      if (failed) invocation.failed(value);
      else invocation.completed(value);
      this.crashes.remove(invocation);
      await this.flusher.whenDue(remainingOf(context) ?? Number.POSITIVE_INFINITY);
    };
  }

  /** Shortly before the deadline, what Lambda is about to kill has timed out. */
  private guard(invocation: Invocation, context: Partial<LambdaContext>): () => void {
    const { timeoutMargin } = this.home.settings;
    const remaining = remainingOf(context);
    if (timeoutMargin === false || remaining === undefined || remaining <= 0) return () => {};
    const margin = Math.min(timeoutMargin, remaining * MAX_MARGIN_SHARE);
    const timer = setTimeout(
      () => {
        if (invocation.timedOut()) void this.flusher.within(remainingOf(context) ?? 0);
      },
      (remaining - margin) * 1000,
    );
    // A process that has nothing to do ends as it would without.
    timer.unref();
    return () => clearTimeout(timer);
  }
}

function settled<T>(delivered: Promise<void>, then: () => T): Promise<T> {
  return delivered.then(then);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
}

function contextOf(given: unknown): Partial<LambdaContext> {
  return typeof given === 'object' && given !== null ? (given as Partial<LambdaContext>) : {};
}

/** Seconds; `undefined` outside of Lambda. */
function remainingOf(context: Partial<LambdaContext>): number | undefined {
  try {
    const milliseconds: unknown = context.getRemainingTimeInMillis?.();
    return typeof milliseconds === 'number' && Number.isFinite(milliseconds) ? milliseconds / 1000 : undefined;
  } catch {
    return undefined;
  }
}

/** Where several invocations run at once, the environment is not this one's. */
function xrayOf(context: Partial<LambdaContext> & { readonly xRayTraceId?: unknown }): string | undefined {
  return textOf(context.xRayTraceId) ?? (isConcurrent(process.env) ? undefined : textOf(process.env._X_AMZN_TRACE_ID));
}

/** Whether nobody awaits what the handler gives. */
function isSynchronous(handler: LambdaFunction, streaming: boolean, legacy: boolean): boolean {
  return streaming || handler.length > 2 || legacy;
}

type End = (failed: boolean, value: unknown) => Promise<void>;

/** The arguments with a callback that ends the invocation first. Only its first call does; the runtime decides about others. */
function withCallback(args: readonly unknown[], callback: Callback, end: End): unknown[] {
  const given = [...args];
  given[2] = (...results: unknown[]): void => {
    const [error, response] = results;
    const failed = error !== undefined && error !== null;
    void end(failed, failed ? error : response).then(() => callback(...results));
  };
  return given;
}

/** What runtimes with callbacks (up to Node 22) have besides. */
interface LegacyContext {
  done(error?: unknown, response?: unknown): unknown;
  succeed(response?: unknown): unknown;
  fail(error?: unknown): unknown;
}

function hasLegacyEnds(context: object): context is LegacyContext {
  const { done, succeed, fail } = context as Partial<LegacyContext>;
  return [done, succeed, fail].every((method) => typeof method === 'function');
}

function replaceLegacyEnds(context: LegacyContext, end: End): void {
  const { done, succeed, fail } = context;
  try {
    context.done = (error, response) => {
      const failed = error !== undefined && error !== null;
      void end(failed, failed ? error : response).then(() => done.call(context, error, response));
    };
    context.succeed = (response) => void end(false, response).then(() => succeed.call(context, response));
    context.fail = (error) => void end(true, error).then(() => fail.call(context, error));
  } catch {
    // A frozen context keeps its own: such an invocation ends by its callback.
  }
}
