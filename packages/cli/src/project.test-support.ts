import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DoctorReport } from './index.ts';

const main = join(import.meta.dirname, 'main.ts');
const require = createRequire(import.meta.url);
/** What is really there in projects that ask for it. */
const LINKED = {
  '@telltale/core': require.resolve('@telltale/core/package.json'),
  '@telltale/exporter-prometheus': require.resolve('@telltale/exporter-prometheus/package.json'),
  '@telltale/register': require.resolve('@telltale/register/package.json'),
};

export interface TestProject {
  readonly folder: string;
  remove(): Promise<void>;
}

/** What a project consists of. */
export interface TestProjectParts {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  /** Text by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Packages that are there only by name, version and wish for core; the path can be that of a nested node_modules. */
  readonly installed?: Readonly<Record<string, string>>;
  /** Packages of this repository that are really there. */
  readonly linked?: readonly (keyof typeof LINKED)[];
}

/** A project on disk, with a package.json. */
export async function createProject(parts: TestProjectParts): Promise<TestProject> {
  const { dependencies, devDependencies, scripts, files = {}, installed = {}, linked = [] } = parts;
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'telltale-doctor-')));
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  const manifest = { name: 'shop', version: '1.4.0', type: 'module', scripts, dependencies, devDependencies };
  await write('package.json', JSON.stringify(manifest));
  for (const [path, text] of Object.entries(files)) await write(path, text);
  for (const [path, version] of Object.entries(installed)) {
    const name = path.split('node_modules/').at(-1) ?? path;
    const asksForCore = name.startsWith('@telltale/') && name !== '@telltale/core';
    const peerDependencies = asksForCore ? { '@telltale/core': '*' } : {};
    await write(`node_modules/${path}/package.json`, JSON.stringify({ name, version, peerDependencies }));
  }
  for (const name of linked) {
    await mkdir(dirname(join(folder, 'node_modules', name)), { recursive: true });
    await symlink(dirname(await realpath(LINKED[name])), join(folder, 'node_modules', name));
  }
  return { folder, remove: () => rm(folder, { recursive: true }) };
}

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const { PATH, HOME } = process.env;

/** Runs `telltale` as a user would. */
export function telltale(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = process.cwd(),
): Promise<Run> {
  const child = spawn(process.execPath, [main, ...args], { cwd, env: { PATH, HOME, ...env } });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => {
    output.stdout += String(data);
  });
  child.stderr.on('data', (data) => {
    output.stderr += String(data);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...output }));
  });
}

/** What `telltale doctor --json` says of a project that is made of these parts. */
export async function diagnose(
  parts: TestProjectParts,
  { env = {}, args = [] }: { readonly env?: Readonly<Record<string, string>>; readonly args?: readonly string[] } = {},
): Promise<DoctorReport> {
  const project = await createProject(parts);
  try {
    const { code, stdout, stderr } = await telltale(['doctor', '--json', project.folder, ...args], env);
    if (stderr !== '') throw new Error(stderr);
    const report: DoctorReport = JSON.parse(stdout);
    if (code !== (report.ok ? 0 : 1)) throw new Error(`exit code ${code} for\n${stdout}`);
    return report;
  } finally {
    await project.remove();
  }
}

/** `check: message` of each finding. */
export function found(report: DoctorReport, level: 'problem' | 'note'): string[] {
  return report.findings.filter((one) => one.level === level).map(({ check, message }) => `${check}: ${message}`);
}
