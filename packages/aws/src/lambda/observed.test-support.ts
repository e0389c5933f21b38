import { createTelemetry, type Telemetry, type TelemetryError } from '@telltale/core';
import { ManualClock, type MemoryExporter, memoryExporter } from '@telltale/testing';
import { onTestFinished } from 'vitest';
import type { LambdaContext } from '../index.ts';

/** A handler that may be given anything. */
export type AnyHandler = (event?: unknown, context?: unknown) => Promise<unknown>;

export interface Observed {
  readonly telemetry: Telemetry;
  readonly memory: MemoryExporter;
  readonly clock: ManualClock;
  readonly errors: TelemetryError[];
}

/** A telemetry with a memory exporter, and what it told of. */
export function observed({ spans = true }: { readonly spans?: boolean } = {}): Observed {
  const clock = new ManualClock();
  const memory = memoryExporter();
  const errors: TelemetryError[] = [];
  const telemetry = createTelemetry({
    service: { name: 'shop' },
    exporters: [memory],
    signals: { spans },
    clock,
    shutdown: { signals: false },
    onError: (error) => void errors.push(error),
  });
  onTestFinished(() => telemetry.shutdown());
  return { telemetry, memory, clock, errors };
}

export const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:shop';

/** What Lambda hands to a handler. */
export function contextOf(remaining = 30_000): LambdaContext {
  const deadline = Date.now() + remaining;
  return {
    awsRequestId: 'request-1',
    functionName: 'shop',
    functionVersion: '7',
    invokedFunctionArn: `${ARN}:live`,
    memoryLimitInMB: '256',
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}
