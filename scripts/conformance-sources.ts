/** What the scripts `conformance:*` share: someone else's sources, brought into a temporary folder for the run. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface SourcesWanted {
  /** The script, such as `conformance:bullmq`. */
  readonly script: string;
  /** Whose sources they are. */
  readonly project: string;
  /** The environment variable that may name the path. */
  readonly variable: string;
  /** A file by which a checkout is known. */
  readonly marker: string;
  /** What is taken out of a git directory, as far as it is there. */
  readonly paths: readonly string[];
}

/**
 * The path of a checkout: the one given as argument or variable, or, where that is a git directory, what of it is needed, unpacked into
 * `target`. Ends the process with code 2 and a sentence when there is none.
 */
export function sourcesGiven(wanted: SourcesWanted, target: string): string {
  const given = process.argv[2] ?? process.env[wanted.variable];
  if (given === undefined)
    fail(
      `Give the path of ${wanted.project}’s sources, a checkout or its git directory: pnpm ${wanted.script} PATH, or ${wanted.variable}=PATH.`,
    );
  const source = resolve(process.env.INIT_CWD ?? process.cwd(), given);
  return existsSync(join(source, wanted.marker)) ? source : unpacked(source, wanted, join(target, 'archive'));
}

/** A new folder that is gone when the process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-conformance-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Installs packages, each `name@range`, into the folder. */
export function install(packages: readonly string[], folder: string): void {
  execFileSync('npm', ['install', '--no-save', '--ignore-scripts', '--prefix', folder, ...packages], {
    stdio: ['ignore', 'ignore', 'pipe'], // what it says is in the error, if there is one
  });
}

export function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

function unpacked(repository: string, { project, marker, paths }: SourcesWanted, target: string): string {
  mkdirSync(target, { recursive: true });
  const git = (...args: string[]): Buffer =>
    execFileSync('git', ['--git-dir', repository, ...args], { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    // Other versions may have other folders.
    const there = git('ls-tree', '--name-only', 'HEAD', ...paths)
      .toString()
      .split('\n')
      .filter(Boolean);
    execFileSync('tar', ['-x', '-C', target], { input: git('archive', 'HEAD', ...there) });
  } catch (error) {
    fail(`${repository} is neither a checkout of ${project} nor its git directory: ${String(error)}`);
  }
  if (!existsSync(join(target, marker))) fail(`${repository} has no ${marker}.`);
  return target;
}
