import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** In the order they are looked for. */
const FILE_NAMES = ['json', 'yaml', 'yml', 'ts', 'mts', 'js', 'mjs'].map((end) => `telltale.config.${end}`);

/** The first there is in a folder, or in those above it as far as the one of package.json; `undefined` where there is none. Never throws. */
export function findConfigFile(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const found = filesIn(at)[0];
    if (found !== undefined) return found;
    if (existsSync(join(at, 'package.json')) || at === dirname(at)) return undefined;
  }
}

/** All files of configuration in a folder: one counts, and the others are a mistake. */
export function filesIn(folder: string): readonly string[] {
  return FILE_NAMES.map((name) => join(folder, name)).filter(isFile);
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // none, or none that may be seen
  }
}
