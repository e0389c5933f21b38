import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Where the package is, without loading it. It is the file of the ES module, because that one shares @opentelemetry/api with us; the
 * CommonJS one would bring its own copy and take twice as long. Throws when there is none.
 *
 * A package that services install themselves is looked for from the service's folder, too: where package managers keep dependencies apart,
 * it cannot be seen from here. It is no optional peer, because npm refuses to install what the peers of a peer conflict with, although nobody
 * wants it.
 */
export function findPackage(name: string): string {
  try {
    return fileURLToPath(import.meta.resolve(name));
  } catch (error) {
    try {
      return createRequire(join(process.cwd(), 'package.json')).resolve(name);
    } catch {
      throw error;
    }
  }
}

/** The package, at once. Throws when it cannot be loaded. */
export function loadPackage(name: string, location: string): unknown {
  const require = createRequire(import.meta.url);
  try {
    return require(location);
  } catch {
    // An ES module that someone is importing at this very moment cannot be required; the CommonJS one can.
    return require(name);
  }
}
