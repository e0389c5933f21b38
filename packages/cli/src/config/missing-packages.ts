import type { ConfigProblem, TelltaleConfig } from '@telltale/config';
import { findInstalled } from '../doctor/project/installed.ts';

/** Where resource detectors are. */
const DETECTORS: Readonly<Record<string, string>> = {
  aws: '@telltale/aws',
  google_cloud: '@telltale/google-cloud',
  azure: '@telltale/azure',
  host: '@opentelemetry/resources',
  process: '@opentelemetry/resources',
};

/** What is asked for besides exporters, which say so themselves, and is not installed in any of the folders. */
export function missingPackages(config: TelltaleConfig, folders: readonly string[]): readonly ConfigProblem[] {
  const { dashboard, resourceDetectors = [], exporters = [] } = config;
  const needed = [
    ...(dashboard !== undefined && dashboard !== false
      ? [{ path: 'dashboard', what: '"dashboard"', name: '@telltale/dashboard' }]
      : []),
    ...resourceDetectors.map((detector) => ({
      path: 'resourceDetectors',
      what: `"${detector}" of "resourceDetectors"`,
      name: DETECTORS[detector],
    })),
    ...exporters
      .filter(({ enabled }) => enabled !== false)
      .flatMap(({ type, name = type, spool, config: options }) => [
        ...(spool === undefined
          ? []
          : [{ path: 'exporters', what: `"spool" of ${name}`, name: '@telltale/disk-spool' }]),
        ...(options?.protocol === 'grpc'
          ? [{ path: 'exporters', what: `"protocol: grpc" of ${name}`, name: '@grpc/grpc-js' }]
          : []),
      ]),
  ];
  return needed.flatMap(({ path, what, name }) =>
    name === undefined || folders.some((folder) => findInstalled(name, folder) !== undefined)
      ? []
      : [
          {
            source: 'configuration',
            path,
            found: '',
            message: `${what} needs ${name}, which is not installed. Run \`npm install ${name}\`.`,
          },
        ],
  );
}
