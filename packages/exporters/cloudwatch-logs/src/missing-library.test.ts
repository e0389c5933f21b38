import { withoutLibraries } from '@telltale-internal/backends';
import { expect, test } from 'vitest';

const program = `
import { createTelemetry } from '@telltale/core';
import { cloudwatchLogs } from './src/index.ts';
const telemetry = createTelemetry({
  service: { name: 'shop' },
  exporters: [cloudwatchLogs({ logGroup: '/shop', region: 'eu-west-1' })],
  onError: (error) => console.log(error.message),
});
await telemetry.job('nightly', async () => {});
await telemetry.flush();
await telemetry.flush();
console.log(telemetry.health().exporters[0].lastError?.message ?? JSON.stringify(telemetry.health().exporters[0]));
process.exit();
`;

test('without the library a service starts, is told once which command to run, and health() says it', async () => {
  const sentence =
    'cloudwatchLogs() needs @aws-sdk/client-cloudwatch-logs, which is not installed; run `npm install @aws-sdk/client-cloudwatch-logs`.';
  expect(await withoutLibraries(import.meta.dirname, program)).toEqual([
    `The exporter cloudwatch-logs did not start: ${sentence}`,
    sentence,
  ]);
});
