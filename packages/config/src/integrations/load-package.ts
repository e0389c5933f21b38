import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { messageOf, TelemetryError } from '@telltale/core';
import type { LoadPackage } from '../integration.ts';

/**
 * Loads packages as a file in one of the folders would, the first that has it, then as this package would. Throws a sentence: `npm install …`
 * where a package is not installed, else why it could not be loaded.
 */
export function packageLoader(folders: readonly string[]): LoadPackage {
  const requires = [...folders.map((folder) => join(resolve(folder), 'telltale.config.js')), import.meta.url].map(
    (from) => createRequire(from),
  );
  return (name) => {
    const require = requires.find((one) => finds(one, name));
    if (require === undefined) {
      // Of `@telltale/exporter-prometheus/remote-write` the first two parts.
      const installed = name.split('/').slice(0, 2).join('/');
      throw new TelemetryError('ERR_EXPORTER', `${installed} is not installed; run \`npm install ${installed}\`.`);
    }
    try {
      return require(name) as Readonly<Record<string, unknown>>;
    } catch (error) {
      throw new TelemetryError('ERR_EXPORTER', `${name} could not be loaded: ${messageOf(error).split('\n')[0]}`, {
        cause: error,
      });
    }
  };
}

/** What is there and cannot be resolved for another reason is found, so that loading it says why. */
function finds(require: NodeJS.Require, name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch (error) {
    return (error as { readonly code?: unknown }).code !== 'MODULE_NOT_FOUND';
  }
}
