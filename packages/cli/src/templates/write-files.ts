import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, TelemetryError } from '@telltale/core';
import type { TemplateFile } from '@telltale/templates';

/** Paths of files, by what became of them. */
export interface Written {
  readonly written: readonly string[];
  /** There already, with this content. */
  readonly same: readonly string[];
  /** There already with another content. If there is one, no file was written. */
  readonly refused: readonly string[];
}

/** Writes all files below the folder, or none: what somebody has changed is not lost without `force`. */
export async function writeFiles(folder: string, files: readonly TemplateFile[], force: boolean): Promise<Written> {
  try {
    const known = await Promise.all(files.map(({ path }) => contentOf(join(folder, path))));
    const same = files.filter(({ content }, i) => known[i] === content);
    const changed = files.filter(({ content }, i) => known[i] !== undefined && known[i] !== content);
    const refused = force ? [] : changed.map(({ path }) => path);
    const written = refused.length > 0 ? [] : files.filter((file) => !same.includes(file));
    for (const { path, content } of written) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    return { written: written.map(({ path }) => path), same: same.map(({ path }) => path), refused };
  } catch (error) {
    throw new TelemetryError('ERR_OPTION', `${folder} cannot be written to: ${messageOf(error)}`);
  }
}

async function contentOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
