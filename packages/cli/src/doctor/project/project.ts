import { packageOf } from './imports.ts';
import { findInstalled, type Installed } from './installed.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { readSources, type Sources } from './source-files.ts';
import { readStarts, type Start } from './starts.ts';

/** The project as it lies there, read once. */
export class Project {
  readonly folder: string;
  /** Missing where the folder has no package.json. */
  readonly manifest: Manifest | undefined;
  readonly sources: Sources;
  readonly starts: readonly Start[];
  /** The environment that doctor itself runs in. */
  readonly env: NodeJS.ProcessEnv;

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.env = env;
    this.manifest = readManifest(folder);
    this.sources = readSources(folder);
    this.starts = this.manifest === undefined ? [] : readStarts(folder, this.manifest, env);
  }

  /** Whether the application runs with this package, as package.json has it. */
  dependsOn(name: string): boolean {
    return this.manifest?.dependencies[name] !== undefined;
  }

  /** All packages that package.json names, those of development too. */
  get packages(): string[] {
    const { dependencies = {}, devDependencies = {} } = this.manifest ?? {};
    return Object.keys({ ...dependencies, ...devDependencies });
  }

  installed(name: string): Installed | undefined {
    return findInstalled(name, this.folder);
  }

  /** What is installed, else what package.json asks for. */
  versionOf(name: string): string {
    const { dependencies = {}, devDependencies = {} } = this.manifest ?? {};
    return this.installed(name)?.version ?? dependencies[name] ?? devDependencies[name] ?? 'unknown';
  }

  /** Where a source asks for the package first: `src/app.ts:4`. */
  importOf(name: string): string | undefined {
    for (const { path, imports } of this.sources.files) {
      const found = imports.find(({ specifier }) => packageOf(specifier) === name);
      if (found !== undefined) return `${path}:${found.line}`;
    }
    return undefined;
  }
}
