import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a package.json says of the application that it describes. */
export interface PackageDescription {
  readonly name?: string;
  readonly version?: string;
}

/** The next package.json with a name, from this folder upwards; `undefined` where there is none. Never throws. */
export function findPackage(folder: string): PackageDescription | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const found = readPackage(join(at, 'package.json'));
    if (found?.name !== undefined) return found;
    if (at === dirname(at)) return undefined;
  }
}

function readPackage(file: string): PackageDescription | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof content !== 'object' || content === null) return undefined;
    const { name, version } = content as Readonly<Record<string, unknown>>;
    return {
      ...(typeof name === 'string' && name.trim() !== '' && { name }),
      ...(typeof version === 'string' && version.trim() !== '' && { version }),
    };
  } catch {
    return undefined; // none here, or none that can be read
  }
}
