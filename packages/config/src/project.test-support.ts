import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A folder of an application with these files, until the test ends. */
export function project(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'telltale-config-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries({ 'package.json': '{"name":"shop","version":"1.2.3"}', ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** Makes this package one that the application has installed. */
export function installConfig(folder: string): void {
  const packages = join(folder, 'node_modules/@telltale');
  mkdirSync(packages, { recursive: true });
  symlinkSync(fileURLToPath(new URL('..', import.meta.url)), join(packages, 'config'));
}
