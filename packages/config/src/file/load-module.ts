import { createRequire } from 'node:module';
import { Unreadable } from './unreadable.ts';

/**
 * What a module exports: by `default`, or `config`. `require` takes ES modules as well, without waiting. Throws `Unreadable`, saying what to do.
 */
export function loadModule(path: string): unknown {
  let loaded: unknown;
  try {
    loaded = createRequire(path)(path);
  } catch (error) {
    throw new Unreadable(explain(error, path));
  }
  if (typeof loaded !== 'object' || loaded === null) return loaded;
  const exported = loaded as Readonly<Record<string, unknown>>;
  // What a compiler made of `export default` for CommonJS, and what Node makes of `module.exports`.
  let value: unknown = exported['module.exports'] ?? exported.default ?? exported.config ?? loaded;
  if (isObject(value) && value.__esModule === true) value = value.default ?? value.config;
  if (value === loaded && Object.prototype.toString.call(loaded) === '[object Module]')
    throw new Unreadable('It exports no configuration: write export default defineConfig({ … }).');
  if (typeof value === 'function' || (isObject(value) && typeof value.then === 'function'))
    throw new Unreadable(
      `It exports a ${typeof value === 'function' ? 'function' : 'promise'}; export the configuration itself: export default defineConfig({ … }).`,
    );
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function explain(error: unknown, path: string): string {
  const { code } = Object(error) as { readonly code?: unknown };
  switch (code) {
    case 'ERR_UNKNOWN_FILE_EXTENSION':
    case 'ERR_NO_TYPESCRIPT':
      return 'This Node does not strip types: use Node 22.18 or later, start it with --experimental-strip-types, or write the configuration as .mjs, .json or .yaml.';
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
      return 'Node can only strip types: write it without enums, namespaces, decorators and parameter properties, or as .mjs.';
    case 'ERR_INVALID_TYPESCRIPT_SYNTAX':
      return 'It is no TypeScript that Node can read: look for what it misses with tsc.';
    case 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING':
      return 'Node strips no types in node_modules: write the configuration as .mjs, .json or .yaml.';
    case 'ERR_REQUIRE_ASYNC_MODULE':
      return 'It, or what it imports, has a top-level await; configuration is read at once, so write it without.';
    case 'ERR_REQUIRE_CYCLE_MODULE':
      return 'It is imported by the module that reads it; keep configuration in a file of its own.';
    case 'ERR_MODULE_NOT_FOUND':
    case 'MODULE_NOT_FOUND':
      return `It imports what is not there: ${firstLine(error)}.`;
  }
  if (error instanceof SyntaxError && /\.m?ts$/.test(path))
    return `It could not be compiled; where this Node does not strip types (before 22.18), write it as .mjs, .json or .yaml. Node says: ${firstLine(error)}.`;
  return `It could not be run: ${firstLine(error)}.`;
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split('\n', 1)[0] ?? '').slice(0, 200).replace(/\.$/, '');
}
