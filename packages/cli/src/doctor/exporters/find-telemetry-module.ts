import { registered } from '../frameworks.ts';
import type { Project } from '../project/project.ts';

/** Where the telemetry of a project is made. */
export interface TelemetryModule {
  /** For `import`. */
  readonly specifier: string;
  /** For people. */
  readonly name: string;
}

const FILE = /(^|\/)(telemetry|telltale)\.[cm]?[jt]s$/;
const REGISTER = '@telltale/register';

/**
 * The file of the project that is called telemetry and creates one, the nearest to its top; or `@telltale/register` where that starts it. Another
 * file may be the whole service, which is not to be started to ask.
 */
export function findTelemetryModule(project: Project): TelemetryModule | undefined {
  const [file] = project.sources.files
    .filter(({ path, text }) => FILE.test(path) && /\b(create|configure)Telemetry\s*\(/.test(text))
    .toSorted((a, b) => a.path.split('/').length - b.path.split('/').length);
  if (file !== undefined) return { specifier: `./${file.path}`, name: file.path };
  const isStarted = registered(project).length > 0 || project.importOf(REGISTER) !== undefined;
  return isStarted && project.installed(REGISTER) !== undefined
    ? { specifier: REGISTER, name: `${REGISTER}, from the environment` }
    : undefined;
}
