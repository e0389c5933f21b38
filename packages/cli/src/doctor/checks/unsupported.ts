import type { Check } from '../inspection.ts';

export const unsupported: Check = {
  name: 'unsupported',
  about: 'a framework, or its version, that Telltale does not observe',
  run: ({ frameworks }) =>
    frameworks
      .filter(({ supported }) => !supported)
      .map(({ name, version }) => ({
        level: 'note',
        message: `Telltale does not observe ${name} ${version}.`,
        mend: 'Record its work by hand with telemetry.request or telemetry.job, or bring it to a version in the list of @telltale/register.',
      })),
};
