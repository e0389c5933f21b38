import { type Attributes, errorType } from '@telltale/core';
import { BatchUnit } from './batch-unit.ts';
import { startEventUnit } from './event-unit.ts';
import type { InvocationOutcome } from './faas-metrics.ts';
import { httpEventOf } from './http-event.ts';
import { startPlainUnit } from './plain-unit.ts';
import { batchOf } from './records-of.ts';
import { startRequestUnit } from './request-unit.ts';
import { ResponseStreamProbe } from './response-stream.ts';
import type { ResourcesUsed } from './sandbox.ts';
import { singleEventOf } from './single-event.ts';
import { timeoutError } from './timeout-error.ts';
import { functionNameOf, type InvocationHome, type Unit, type UnitStart } from './unit.ts';

/** One call of a handler from its start to its end: what it is, its `faas.*` metrics, its span. Nothing throws, and only the first end counts. */
export class Invocation {
  private readonly home: InvocationHome;
  private readonly unit: Unit;
  private readonly attributes: Attributes;
  private readonly startedAt: number;
  private readonly used: () => ResourcesUsed;
  private ended = false;

  constructor(start: UnitStart, stream: unknown) {
    const { home, context } = start;
    this.home = home;
    this.unit = unitOf(start, stream);
    this.attributes = { 'faas.trigger': this.unit.trigger, 'faas.name': functionNameOf(context) };
    const { cold, init } = home.sandbox.start();
    home.metrics.started(this.attributes, init, cold);
    this.unit.span?.setAttributes({ ...this.attributes, 'faas.coldstart': cold, ...identityOf(start) });
    this.used = home.sandbox.measure();
    this.startedAt = home.telemetry.monotonic();
  }

  /** Calls the handler as part of it. */
  run<T>(work: () => T): T {
    return this.unit.run(work);
  }

  completed(response: unknown): void {
    this.end('completed', undefined, response);
  }

  failed(error: unknown): void {
    this.end('failed', error, undefined);
  }

  /** Whether it had not ended: what comes later does not count. */
  timedOut(): boolean {
    return this.end('timed_out', timeoutError(this.home.telemetry.monotonic() - this.startedAt), undefined);
  }

  private end(outcome: InvocationOutcome, error: unknown, response: unknown): boolean {
    if (this.ended) return false;
    this.ended = true;
    const { telemetry, metrics } = this.home;
    try {
      const usage = { duration: telemetry.monotonic() - this.startedAt, ...this.used() };
      const type = outcome === 'completed' ? undefined : errorType(error);
      metrics.ended(this.attributes, outcome, type, usage);
      this.unit.span?.setAttribute('aws.lambda.max_memory_used', usage.memory);
      this.unit.end({ outcome, error, response });
    } catch (problem) {
      telemetry.problem(
        'lambdaTelemetry',
        () => `The end of an invocation was not recorded in full (${String(problem)}).`,
      );
    }
    return true;
  }
}

function unitOf(start: UnitStart, stream: unknown): Unit {
  const { event } = start;
  const http = httpEventOf(event);
  if (http !== undefined) return startRequestUnit(start, http, ResponseStreamProbe.of(stream));
  const batch = batchOf(event);
  if (batch !== undefined) return new BatchUnit(start, batch);
  const single = singleEventOf(event);
  return single === undefined ? startPlainUnit(start) : startEventUnit(start, single);
}

/** `cloud.resource_id` is the function, without the alias or version by which it was called. */
function identityOf({ home, context }: UnitStart): Record<string, string | number> {
  const { awsRequestId, invokedFunctionArn, functionVersion } = context;
  const attributes: Record<string, string | number> = {};
  if (typeof awsRequestId === 'string') attributes['faas.invocation_id'] = awsRequestId;
  if (typeof functionVersion === 'string') attributes['faas.version'] = functionVersion;
  if (home.sandbox.memoryLimit !== undefined) attributes['faas.max_memory'] = home.sandbox.memoryLimit;
  if (typeof invokedFunctionArn === 'string') {
    const parts = invokedFunctionArn.split(':');
    attributes['cloud.resource_id'] = parts.slice(0, 7).join(':');
    attributes['aws.lambda.invoked_arn'] = invokedFunctionArn;
    const account = parts[4];
    if (account !== undefined && account !== '') attributes['cloud.account.id'] = account;
  }
  return attributes;
}
