import { messageOf, type ResourceDetector } from '@telltale/core';
import type { LoadPackage } from './integration.ts';
import type { ResourceDetectorName } from './telltale-config.ts';

/** Where each is, and what it is called there: a function that makes several, or one detector. */
const DETECTORS = {
  aws: { package: '@telltale/aws', name: 'awsDetectors' },
  google_cloud: { package: '@telltale/google-cloud', name: 'googleCloudDetectors' },
  azure: { package: '@telltale/azure', name: 'azureDetectors' },
  host: { package: '@opentelemetry/resources', name: 'hostDetector' },
  process: { package: '@opentelemetry/resources', name: 'processDetector' },
} as const satisfies Readonly<Record<ResourceDetectorName, { readonly package: string; readonly name: string }>>;

/** Those whose packages are installed; of the others it is told. Never throws. */
export function loadDetectors(
  names: readonly ResourceDetectorName[],
  load: LoadPackage,
  tell: (message: string) => void,
): ResourceDetector[] {
  return names.flatMap((detector) => {
    const from = DETECTORS[detector];
    try {
      const found = load(from.package)[from.name];
      const made: unknown = typeof found === 'function' ? (found as () => unknown)() : found;
      const all = (Array.isArray(made) ? made : [made]) as readonly Partial<ResourceDetector>[];
      if (all.every((one) => typeof one?.detect === 'function')) return all as readonly ResourceDetector[];
      tell(
        `"resourceDetectors" has ${detector}, and ${from.package} has no ${from.name} that detects; install another version of it.`,
      );
    } catch (error) {
      tell(`"resourceDetectors" has ${detector}, which is left out: ${messageOf(error)}`);
    }
    return [];
  });
}
