import { dirname } from 'node:path';
import type { ConfigProblem } from './config-problem.ts';
import type { ConfigSource } from './config-source.ts';
import { type EnvironmentConfig, findPackage, readEnvironment } from './environment/index.ts';
import { findConfigFile } from './file/find-config-file.ts';
import { NO_FILE, type TakenFile, takeConfigFile } from './file/take-config-file.ts';

/** What file and environment say, each by itself. */
export interface Sources {
  readonly file: TakenFile;
  readonly environment: EnvironmentConfig;
  readonly problems: readonly ConfigProblem[];
  readonly cwd: string;
}

/** The folder that paths in the configuration are from. */
export function folderOf({ file, cwd }: Pick<Sources, 'file' | 'cwd'>): string {
  return file.path === undefined ? cwd : dirname(file.path);
}

/** Where packages are looked for: as the application would, and as the file would. */
export function packageFoldersOf(sources: Pick<Sources, 'file' | 'cwd'>): readonly string[] {
  return [...new Set([sources.cwd, folderOf(sources)])];
}

/** Never throws. */
export function readSources({ file, env = process.env, cwd = process.cwd() }: ConfigSource = {}): Sources {
  const environment = readEnvironment(env, { describe: () => findPackage(cwd) });
  const path = file ?? environment.file ?? findConfigFile(cwd);
  const taken = path === false || path === undefined ? NO_FILE : takeConfigFile(path, cwd, env);
  return { file: taken, environment, problems: [...taken.problems, ...environment.problems], cwd };
}
