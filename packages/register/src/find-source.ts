import { type ConfigSource, type ReadConfig, readConfig } from '@telltale/config';
import { packageFolder } from './process-role.ts';

/** Where configuration comes from, and what it is. */
export interface FoundSource {
  readonly source: ConfigSource;
  readonly read: ReadConfig;
}

/** The working directory where it has a file or a variable names one, else where the program is. */
export function findSource(env: NodeJS.ProcessEnv): FoundSource {
  const found = foundIn(env, process.cwd());
  return found.read.file === undefined ? foundIn(env, packageFolder()) : found;
}

function foundIn(env: NodeJS.ProcessEnv, cwd: string): FoundSource {
  const source = { env, cwd };
  return { source, read: readConfig(source) };
}
