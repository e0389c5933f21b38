import { awsDetectors } from '@telltale/aws';
import { azureDetectors } from '@telltale/azure';
import { googleCloudDetectors } from '@telltale/google-cloud';
import { expect, it } from 'vitest';
import { loadDetectors } from './load-detectors.ts';
import type { ResourceDetectorName } from './telltale-config.ts';

it.each<[ResourceDetectorName, string, Readonly<Record<string, unknown>>, number]>([
  ['aws', '@telltale/aws', { awsDetectors }, awsDetectors().length],
  ['google_cloud', '@telltale/google-cloud', { googleCloudDetectors }, googleCloudDetectors().length],
  ['azure', '@telltale/azure', { azureDetectors }, azureDetectors().length],
])('the detectors of %s are those of %s', (name, from, module, count) => {
  const told: string[] = [];
  const detectors = loadDetectors(
    [name],
    (asked) => (asked === from ? module : {}),
    (message) => told.push(message),
  );
  expect(told).toEqual([]);
  expect(detectors).toHaveLength(count);
  expect(count).toBeGreaterThan(0);
});

it('a package that has no such detector is told, and the others detect', () => {
  const told: string[] = [];
  const detectors = loadDetectors(
    ['host', 'aws'],
    (name) => (name === '@telltale/aws' ? { awsDetectors } : {}),
    (message) => told.push(message),
  );
  expect(told).toEqual([
    '"resourceDetectors" has host, and @opentelemetry/resources has no hostDetector that detects; install another version of it.',
  ]);
  expect(detectors).toHaveLength(awsDetectors().length);
});
