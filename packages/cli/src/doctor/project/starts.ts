import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from './manifest.ts';

/** A line that can say how the service is started. */
export interface Start {
  readonly where: string;
  readonly text: string;
}

/** Files in a project's folder that say how it is started. */
const FILES =
  /^(Dockerfile|Containerfile)(\..+)?$|^Procfile$|^(docker-)?compose.*\.ya?ml$|^ecosystem\.config\.[cm]?js$|^\.npmrc$|^\.env$/;
const MAX_BYTES = 256 * 1024;

export function readStarts(folder: string, manifest: Manifest, env: NodeJS.ProcessEnv): Start[] {
  const scripts = Object.entries(manifest.scripts).map(([name, text]) => ({
    where: `package.json, script "${name}"`,
    text,
  }));
  const { NODE_OPTIONS } = env;
  return [
    ...scripts,
    ...filesOf(folder).flatMap((file) => linesOf(folder, file)),
    ...(NODE_OPTIONS ? [{ where: 'NODE_OPTIONS', text: NODE_OPTIONS }] : []),
  ];
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => FILES.test(name));
  } catch {
    return [];
  }
}

function linesOf(folder: string, file: string): Start[] {
  try {
    const lines = readFileSync(join(folder, file), 'utf8').slice(0, MAX_BYTES).split('\n');
    return lines.flatMap((text, i) => (/^\s*#/.test(text) ? [] : [{ where: `${file}:${i + 1}`, text }]));
  } catch {
    return [];
  }
}
