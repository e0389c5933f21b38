import type { Check } from '../inspection.ts';

export const sources: Check = {
  name: 'sources',
  about: 'there are more source files than doctor reads',
  run: ({ project }) =>
    project.sources.cut
      ? [
          {
            level: 'note',
            message: `Only the first ${project.sources.files.length} source files were read, so something that observes may have been missed.`,
            mend: 'Name the folder of the service: telltale doctor services/checkout.',
          },
        ]
      : [],
};
