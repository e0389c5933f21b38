import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readManifest } from './manifest.ts';

/** A package as Node finds it from some place. */
export interface Installed {
  readonly name: string;
  readonly version: string;
  /** Without symbolic links, so that two that are the same folder are one copy. */
  readonly folder: string;
}

/** The package that a file in `folder` gets by this name. Not by Node's resolution, which exports maps may forbid. */
export function findInstalled(name: string, folder: string): Installed | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', name);
    const manifest = readManifest(candidate);
    if (manifest !== undefined) {
      return { name, version: manifest.version ?? 'unknown', folder: realpathSync(candidate) };
    }
    if (at === dirname(at)) return undefined;
  }
}
