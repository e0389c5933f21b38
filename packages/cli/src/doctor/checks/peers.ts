import type { Check } from '../inspection.ts';
import { findInstalled } from '../project/installed.ts';
import { telltalePackages } from './telltale-packages.ts';

const CORE = '@telltale/core';

export const peers: Check = {
  name: 'peers',
  about: 'a package of Telltale is not installed, or has no `@telltale/core` beside it',
  run: ({ project }) => {
    const missing = telltalePackages(project)
      .filter((name) => project.installed(name) === undefined)
      .map((name) => ({
        level: 'problem' as const,
        message: `${name} is in package.json, but not installed.`,
        mend: 'Install the dependencies of the project.',
      }));
    const alone = telltalePackages(project)
      .map((name) => project.installed(name))
      .filter((one) => one !== undefined && one.name !== CORE && findInstalled(CORE, one.folder) === undefined)
      .map((one) => one?.name);
    if (alone.length === 0) return missing;
    return [
      ...missing,
      {
        level: 'problem',
        message: `${CORE} is not installed, which ${alone.join(', ')} need${alone.length === 1 ? 's' : ''}.`,
        mend: `Install it: npm install ${CORE}.`,
      },
    ];
  },
};
