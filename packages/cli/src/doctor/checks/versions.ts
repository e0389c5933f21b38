import type { Check } from '../inspection.ts';
import { telltalePackages } from './telltale-packages.ts';

export const versions: Check = {
  name: 'versions',
  about: 'packages of Telltale are of different versions',
  run: ({ project }) => {
    const installed = telltalePackages(project).flatMap((name) => project.installed(name) ?? []);
    const distinct = new Set(installed.map(({ version }) => version));
    if (distinct.size < 2) return [];
    return [
      {
        level: 'note',
        message: `The packages of Telltale are of different versions: ${installed.map(({ name, version }) => `${name} ${version}`).join(', ')}.`,
        mend: 'They are released together: bring them to the same version.',
      },
    ];
  },
};
