import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type Import, importsIn } from './imports.ts';

interface SourceFile {
  /** Relative to the project, with slashes. */
  readonly path: string;
  readonly imports: readonly Import[];
  /** Only of files that have to do with telemetry. */
  readonly text: string;
}

/** The project's own source files. */
export interface Sources {
  readonly files: readonly SourceFile[];
  /** Whether there are more files than were read. */
  readonly cut: boolean;
}

const MAX_FILES = 2000;
const MAX_BYTES = 1024 * 1024;
const SOURCE = /\.[cm]?[jt]sx?$/;
const NOT_OURS = /\.d\.[cm]?ts$|[._-](test|spec|bench|stories)\.|\.min\.js$/;
const SKIPPED = new Set([
  'node_modules',
  'coverage',
  'test',
  'tests',
  '__tests__',
  '__mocks__',
  'e2e',
  'public',
  'static',
]);
const BUILT = new Set(['dist', 'build', 'out']);
const OF_TELEMETRY = /telltale|telemetry/i;

/** Reads the sources; where there are none, as in a container, what was built of them. */
export function readSources(folder: string): Sources {
  const sources = walk(folder, (name) => SKIPPED.has(name) || BUILT.has(name));
  return sources.files.length > 0 ? sources : walk(folder, (name) => SKIPPED.has(name));
}

function walk(folder: string, isSkipped: (name: string) => boolean): Sources {
  const files: SourceFile[] = [];
  const folders = [folder];
  for (let at = folders.shift(); at !== undefined; at = folders.shift()) {
    for (const entry of entriesOf(at)) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('.') && !isSkipped(entry.name)) folders.push(path);
      } else if (entry.isFile() && SOURCE.test(entry.name) && !NOT_OURS.test(entry.name)) {
        if (files.length === MAX_FILES) return { files, cut: true };
        const file = readSource(folder, path);
        if (file !== undefined) files.push(file);
      }
    }
  }
  return { files, cut: false };
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return []; // not for us to read
  }
}

function readSource(folder: string, path: string): SourceFile | undefined {
  try {
    if (statSync(path).size > MAX_BYTES) return undefined;
    const text = readFileSync(path, 'utf8');
    return {
      path: relative(folder, path).split(sep).join('/'),
      imports: importsIn(text),
      text: OF_TELEMETRY.test(text) ? text : '',
    };
  } catch {
    return undefined;
  }
}
