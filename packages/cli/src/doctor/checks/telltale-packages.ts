import type { Project } from '../project/project.ts';

/** Packages that run beside a service, or never: they need no core. */
const TOOLS = ['@telltale/cli'];

/** The packages of Telltale that package.json names. */
export function telltalePackages(project: Project): string[] {
  return project.packages.filter((name) => name.startsWith('@telltale/') && !TOOLS.includes(name));
}
