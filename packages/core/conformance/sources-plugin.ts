import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Vite } from 'vitest/node';
import type { Replacement, Suite } from './suites.ts';

/** Prefixes of made-up modules; vite leaves what begins with a zero byte alone. */
const OURS = '\0ours:';
const API = '@opentelemetry/api';

/**
 * Has their tests find their own sources in `root`, but for what `replacements` names, which is ours, and for `@opentelemetry/api`, which is
 * the installed one: there must be only one in a process.
 */
export function sourcesPlugin(
  root: string,
  suites: readonly Suite[],
  replacements: readonly Replacement[],
): Vite.Plugin {
  const packages = packagesOf(root);
  const api = fileURLToPath(import.meta.resolve(API));
  const modules = new Map(replacements.map((one) => [keyOf(one), one]));

  /** The module in the place of theirs, if there is one for this importer. */
  const replacementOf = (path: string, importer: string): string | undefined => {
    const found = replacements.find(
      ({ module, within }) =>
        path === join(root, module) && (within === undefined || importer.startsWith(join(root, within))),
    );
    // Ours takes the rest of what it exports from theirs, which is theirs then.
    return found === undefined || importer.startsWith(OURS) ? undefined : OURS + keyOf(found);
  };

  return {
    name: 'opentelemetry-js sources',
    enforce: 'pre',
    resolveId(id, importer) {
      if (importer === undefined) return undefined;
      if (importer.startsWith(OURS)) return id;
      if (!importer.startsWith(root)) return undefined;
      if (id === API) return api;
      if (id.startsWith(`${API}/`)) return fileURLToPath(import.meta.resolve(id));
      const path = id.startsWith('.') ? sourceAt(resolve(dirname(importer), id)) : packages.get(id);
      if (path === undefined) return undefined;
      if (path.startsWith(join(root, 'api/src/'))) return installed(path, join(root, 'api/src'), dirname(api));
      return replacementOf(path, importer) ?? path;
    },
    load(id) {
      const replacement = modules.get(id.slice(OURS.length));
      if (!id.startsWith(OURS) || replacement === undefined) return undefined;
      const { module, exports, bridge } = replacement;
      return `export * from ${JSON.stringify(join(root, module))};
        export { ${exports.join(', ')} } from ${JSON.stringify(fileURLToPath(bridge))};`;
    },
    transform(code, id) {
      const { before } =
        suites.find(({ folder, tests }) => tests.some((test) => join(root, folder, test) === id)) ?? {};
      return before && `import ${JSON.stringify(fileURLToPath(before))};${code}`;
    },
  };
}

function keyOf({ module, within = '' }: Replacement): string {
  return `${module} ${within}`;
}

/** Their packages, by name. */
function packagesOf(root: string): ReadonlyMap<string, string> {
  const descriptions = globSync(['{semantic-conventions,packages/*,experimental/packages/*}/package.json'], {
    cwd: root,
  });
  return new Map(
    descriptions.flatMap((description) => {
      const { name } = JSON.parse(readFileSync(join(root, description), 'utf8')) as { name: string };
      const path = sourceAt(join(root, dirname(description), 'src'));
      return path === undefined ? [] : [[name, path] as const];
    }),
  );
}

/** The file that TypeScript finds there. */
function sourceAt(path: string): string | undefined {
  return [`${path}.ts`, join(path, 'index.ts'), path].find((file) => existsSync(file) && statSync(file).isFile());
}

/** The file of the installed API that a source of theirs became. */
function installed(path: string, from: string, to: string): string {
  return path.replace(from, to).replace(/\.ts$/, '.mjs');
}
