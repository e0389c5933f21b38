import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** AWS's own client of the runtime interface. */
export const RUNTIME = createRequire(import.meta.url).resolve('aws-lambda-ric');

/** A folder as Lambda has it at /var/task, with an `index.mjs` that exports what this module does. */
export async function taskRootOf(program: string): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'telltale-lambda-'));
  const url = new URL(program, import.meta.url);
  await writeFile(join(path, 'index.mjs'), `export * from ${JSON.stringify(fileURLToPath(url))};\n`);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
