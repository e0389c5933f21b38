import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is read of a package.json. */
export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly scripts: Readonly<Record<string, string>>;
  /** What the application runs with. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** What it is developed with besides. */
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** `undefined` where there is none that can be read. What is of another type than it should be counts as missing. */
export function readManifest(folder: string): Manifest | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (typeof content !== 'object' || content === null) return undefined;
    const { name, version, ...rest } = content as Readonly<Record<string, unknown>>;
    return {
      ...(typeof name === 'string' && { name }),
      ...(typeof version === 'string' && { version }),
      scripts: texts(rest.scripts),
      dependencies: {
        ...texts(rest.peerDependencies),
        ...texts(rest.optionalDependencies),
        ...texts(rest.dependencies),
      },
      devDependencies: texts(rest.devDependencies),
    };
  } catch {
    return undefined;
  }
}

function texts(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
