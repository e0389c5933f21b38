import type { Check } from '../inspection.ts';
import { problemFinding } from './problem-finding.ts';

export const environment: Check = {
  name: 'environment',
  about:
    'a variable that `@telltale/register` reads has a value that it cannot take, a `TELLTALE_…` variable is none, or `OTEL_SDK_DISABLED` is set',
  run: ({ configuration, project, registered }) => {
    const isRead =
      registered.length > 0 ||
      ['@telltale/register', '@telltale/config'].some((name) => project.importOf(name) !== undefined);
    const warnings = configuration.problems
      .filter(({ source }) => source === 'environment')
      // What nobody reads can say what it likes, but what begins with our name is meant for us.
      .filter(({ path }) => isRead || path.startsWith('TELLTALE_'))
      .map(problemFinding);
    if (!isRead || !configuration.config.disabled) return warnings;
    const isByVariable = project.env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true';
    return [
      ...warnings,
      {
        level: 'problem',
        message: `${isByVariable ? 'OTEL_SDK_DISABLED is "true"' : `"disabled" is true in ${configuration.file}`}, so nothing is observed.`,
        mend: isByVariable ? 'Unset it, or set it to false.' : 'Take it out, or set OTEL_SDK_DISABLED to false.',
      },
    ];
  },
};
