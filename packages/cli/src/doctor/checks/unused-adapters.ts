import type { Check } from '../inspection.ts';

/** Each does nothing until a source uses it. */
const ADAPTERS = ['@telltale/express', '@telltale/nest', '@telltale/bullmq', '@telltale/http-client'];

export const unusedAdapters: Check = {
  name: 'unused-adapters',
  about: 'an adapter, or `@telltale/register`, is installed and not used',
  run: ({ project, registered }) => {
    // That package uses them all.
    if (registered.length > 0) return [];
    const unused = ADAPTERS.filter((name) => project.dependsOn(name) && project.importOf(name) === undefined);
    const findings = unused.map((name) => ({
      level: 'note' as const,
      message: `${name} is installed, and no source imports it.`,
      mend: 'Use it as its README says, or remove it.',
    }));
    const register = '@telltale/register';
    if (!project.dependsOn(register)) return findings;
    const where = project.importOf(register);
    return [
      ...findings,
      {
        level: 'note',
        message:
          where === undefined
            ? `${register} is installed, and nothing shows that the service is started with it.`
            : `${register} is imported by ${where}, when what it is to observe may be loaded already.`,
        mend: `Start the service with node --import ${register}, or set NODE_OPTIONS="--import ${register}" where it runs.`,
      },
    ];
  },
};
