import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

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
  // As users have it who did not install it: these sources, where nothing but our own packages is found.
  const folder = await mkdtemp(join(tmpdir(), 'telltale-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const packages = join(import.meta.dirname, '../../..');
  await cp(import.meta.dirname, join(folder, 'src'), { recursive: true });
  await mkdir(join(folder, 'node_modules/@telltale'), { recursive: true });
  for (const name of ['core', 'exporter-kit']) {
    await symlink(join(packages, name), join(folder, 'node_modules/@telltale', name));
  }
  await writeFile(join(folder, 'program.mts'), program);
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'program.mts')]);
  const sentence =
    'cloudwatchLogs() needs @aws-sdk/client-cloudwatch-logs, which is not installed; run `npm install @aws-sdk/client-cloudwatch-logs`.';
  expect(stdout.trim().split('\n')).toEqual([`The exporter cloudwatch-logs did not start: ${sentence}`, sentence]);
});
