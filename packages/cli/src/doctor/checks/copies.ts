import type { Check, Inspection } from '../inspection.ts';
import { findInstalled, type Installed } from '../project/installed.ts';
import { readManifest } from '../project/manifest.ts';
import { telltalePackages } from './telltale-packages.ts';

/** What a process must have once: they hold state that others look for. */
const ONCE = ['@telltale/core', '@opentelemetry/api'];

export const copies: Check = {
  name: 'copies',
  about:
    '`@telltale/core` or `@opentelemetry/api` is installed more than once, so that parts of the service do not know of each other',
  run: ({ project }) =>
    ONCE.flatMap((name) => {
      const found = copiesOf(name, project);
      if (found.length < 2) return [];
      const versions = [...new Set(found.map(({ version }) => version))];
      return [
        {
          level: 'problem' as const,
          message: `${name} is installed ${found.length} times (${versions.join(', ')}): ${found.map(({ folder, usedBy }) => `${folder} for ${usedBy}`).join('; ')}.`,
          mend:
            versions.length > 1
              ? `Bring the packages that ask for it to one version; npm ls ${name} shows which do.`
              : `Run npm dedupe, or install all packages from one folder; npm ls ${name} shows where it is.`,
        },
      ];
    }),
};

/** The distinct copies that the application and the packages around telemetry get. */
function copiesOf(name: string, project: Inspection['project']): (Installed & { readonly usedBy: string })[] {
  const users = [...telltalePackages(project), ...project.packages.filter((one) => one.startsWith('@opentelemetry/'))];
  const places = [
    { usedBy: 'the application', folder: project.folder },
    ...users.flatMap((user) => {
      const installed = user === name ? undefined : project.installed(user);
      // One that does not ask for it may lie below a folder that has a copy by chance.
      const asks = installed !== undefined && readManifest(installed.folder)?.dependencies[name] !== undefined;
      return asks ? [{ usedBy: user, folder: installed.folder }] : [];
    }),
  ];
  // Core's own copy of the API counts, even where the application does not name core.
  const core = name === ONCE[0] ? undefined : project.installed('@telltale/core');
  if (core !== undefined) places.push({ usedBy: core.name, folder: core.folder });
  const found = new Map<string, Installed & { usedBy: string }>();
  for (const { usedBy, folder } of places) {
    const installed = findInstalled(name, folder);
    if (installed !== undefined && !found.has(installed.folder)) found.set(installed.folder, { ...installed, usedBy });
  }
  return [...found.values()];
}
