import type { Exporter, MetricsSnapshot } from '@telltale/core';
import { contextOf } from '@telltale/testing';
import { awsTestOptions, type CloudWatchBackend, openCloudWatchBackend } from '@telltale-internal/backends';
import { onTestFinished } from 'vitest';
import { type CloudWatchOptions, cloudwatch } from './index.ts';

export interface Sending {
  readonly backend: CloudWatchBackend;
  readonly exporter: Exporter;
  send(snapshot: MetricsSnapshot): Promise<ReturnType<typeof contextOf>>;
}

/** An exporter with the real client of the AWS SDK in front of a stand-in. */
export async function sendingTo(options: Partial<CloudWatchOptions> = {}): Promise<Sending> {
  const backend = await openCloudWatchBackend();
  const at = options.client === undefined ? awsTestOptions(backend) : {};
  const exporter = cloudwatch({ namespace: 'Checkout', ...at, ...options });
  onTestFinished(async () => {
    await exporter.shutdown?.();
    await backend.close();
  });
  return {
    backend,
    exporter,
    send: async (snapshot) => {
      const context = contextOf();
      await exporter.exportMetrics?.(snapshot, context);
      return context;
    },
  };
}
