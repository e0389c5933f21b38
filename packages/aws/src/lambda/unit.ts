import type { Span } from '@opentelemetry/api';
import type { Telemetry } from '@telltale/core';
import type { FaasMetrics, InvocationOutcome } from './faas-metrics.ts';
import type { LambdaContext } from './lambda-function.ts';
import type { LambdaSettings } from './lambda-options.ts';
import type { FaasTrigger } from './records-of.ts';
import type { Sandbox } from './sandbox.ts';

/** What the invocations of one handler share. */
export interface InvocationHome {
  readonly telemetry: Telemetry;
  readonly settings: LambdaSettings;
  readonly metrics: FaasMetrics;
  readonly sandbox: Sandbox;
  /** The handler makes the jobs of its records itself. */
  readonly makesJobs: boolean;
}

/** How an invocation ended. */
export interface UnitEnd {
  readonly outcome: InvocationOutcome;
  readonly error?: unknown;
  readonly response?: unknown;
}

/** What an invocation is, by what triggered it: a request, a job, a batch of jobs, or just a call. */
export interface Unit {
  readonly trigger: FaasTrigger;
  /** The invocation's span; `undefined` when spans are off. */
  readonly span: Span | undefined;
  /** Calls `work` so that what it starts becomes part of it. */
  run<T>(work: () => T): T;
  /** Only the first call counts. */
  end(end: UnitEnd): void;
}

/** What a unit is made of. */
export interface UnitStart {
  readonly home: InvocationHome;
  readonly event: unknown;
  readonly context: Partial<LambdaContext>;
  /** X-Ray's header for this invocation. */
  readonly xray: string | undefined;
}

const NAMELESS = 'function';

/** The function's; an invocation that does not come from Lambda may have none. */
export function functionNameOf({ functionName }: Partial<LambdaContext>): string {
  return typeof functionName === 'string' && functionName !== '' ? functionName : NAMELESS;
}
