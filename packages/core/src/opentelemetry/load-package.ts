import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * Where the package is, without loading it. It is the file of the ES module, because that one shares @opentelemetry/api with us; the
 * CommonJS one would bring its own copy and take twice as long. Throws when there is none.
 */
export function findPackage(name: string): string {
  return fileURLToPath(import.meta.resolve(name));
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
