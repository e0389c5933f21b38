import type { Check } from '../inspection.ts';

export const noPackage: Check = {
  name: 'no-package',
  about: 'the folder has no package.json that can be read',
  run: ({ project }) =>
    project.manifest === undefined
      ? [
          {
            level: 'problem',
            message: `${project.folder} has no package.json that can be read.`,
            mend: "Name the project's folder: telltale doctor path/to/project.",
          },
        ]
      : [],
};
