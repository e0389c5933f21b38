import { readFileSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { loadModule } from './load-module.ts';
import { parseJson } from './parse-json.ts';
import { type ParsedYaml, parseYaml } from './parse-yaml.ts';
import { Unreadable } from './unreadable.ts';

/** A file beyond it was not written by hand. */
const MAX_BYTES = 262_144;

/** What a file says, as it stands. Throws `Unreadable` and nothing else. */
export function readConfigFile(path: string): ParsedYaml {
  const end = extname(path).toLowerCase();
  switch (end) {
    case '.json':
      return { value: parseJson(readText(path)), remarks: [] };
    case '.yaml':
    case '.yml':
      return parseYaml(readText(path));
    case '.ts':
    case '.mts':
    case '.cts':
    case '.js':
    case '.mjs':
    case '.cjs':
      readText(path);
      return { value: loadModule(path), remarks: [] };
    default:
      throw new Unreadable(
        `Files of configuration end with .json, .yaml, .yml, .ts, .mts, .js or .mjs, not with "${end}".`,
      );
  }
}

function readText(path: string): string {
  try {
    const file = statSync(path);
    // A pipe or a device may never end.
    if (!file.isFile()) throw new Unreadable('It is no file.');
    const { size } = file;
    if (size > MAX_BYTES) throw new Unreadable(`It has ${size} bytes; ${MAX_BYTES} are the most that are read.`);
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    const { code } = error as { readonly code?: unknown };
    throw new Unreadable(code === 'ENOENT' ? 'There is no such file.' : `It cannot be read (${String(code)}).`);
  }
}
