import type { Exporter, OperationEvent } from '@telltale/core';
import { contextOf, SAMPLE_START, sampleResource, type TestContext } from '@telltale/testing';
import {
  awsTestOptions,
  type CloudWatchLogsBackend,
  type CloudWatchLogsBackendOptions,
  openCloudWatchLogsBackend,
} from '@telltale-internal/backends';
import { onTestFinished } from 'vitest';
import { type CloudWatchLogsOptions, cloudwatchLogs } from './index.ts';

export interface Logging {
  readonly backend: CloudWatchLogsBackend;
  readonly exporter: Exporter;
  send(events: readonly OperationEvent[]): Promise<TestContext>;
  /** Messages that arrived, parsed. */
  lines(): readonly Readonly<Record<string, unknown>>[];
}

/** An exporter with the real client of the AWS SDK in front of a stand-in that has no log group. */
export async function loggingTo(
  options: Partial<CloudWatchLogsOptions> = {},
  stage: CloudWatchLogsBackendOptions = {},
): Promise<Logging> {
  const backend = await openCloudWatchLogsBackend(0, stage);
  const exporter = cloudwatchLogs({
    logGroup: '/shop/events',
    logStream: 'one',
    ...awsTestOptions(backend),
    ...options,
  });
  onTestFinished(async () => {
    await exporter.shutdown?.();
    await backend.close();
  });
  return {
    backend,
    exporter,
    send: async (events) => {
      const context = contextOf();
      await exporter.exportEvents?.(events, context);
      return context;
    },
    lines: () =>
      [...backend.groups.values()].flatMap(({ streams }) =>
        [...streams.values()].flat().map(({ message }) => JSON.parse(message) as Record<string, unknown>),
      ),
  };
}

/** The end of a job, unless said otherwise. */
export function event(more: Partial<OperationEvent> = {}): OperationEvent {
  return {
    type: 'end',
    kind: 'job',
    name: 'send',
    time: SAMPLE_START + 2,
    startTime: SAMPLE_START,
    duration: 2,
    outcome: 'completed',
    attributes: {},
    resource: sampleResource,
    ...more,
  };
}
