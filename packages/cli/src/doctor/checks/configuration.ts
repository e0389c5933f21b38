import { missingPackages } from '../../config/missing-packages.ts';
import type { Check } from '../inspection.ts';
import { problemFinding } from './problem-finding.ts';

export const configuration: Check = {
  name: 'configuration',
  about:
    'a `telltale.config` file has something that it cannot have, asks for a package that is not installed, or nothing reads it',
  run: ({ configuration, project, registered }) => {
    const { file, config, problems } = configuration;
    if (file === undefined) return [];
    const wrong = problems.filter(({ source }) => source !== 'environment');
    const missing = missingPackages(config, [project.folder]);
    const isRead = ['@telltale/register', '@telltale/config'].some((name) => project.importOf(name) !== undefined);
    return [
      ...[...wrong, ...missing].map(problemFinding),
      ...(isRead || registered.length > 0
        ? []
        : [
            {
              level: 'note' as const,
              message: `Nothing shows that ${file} is read.`,
              mend: 'Start the service with node --import @telltale/register, or make its telemetry by configureTelemetry() of @telltale/config.',
            },
          ]),
    ];
  },
};
