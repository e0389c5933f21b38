// Builds the Lambda layer: node deploy/aws/lambda/layer/build-layer.ts telltale-layer.zip [TARBALLS]
// TARBALLS is a folder of packed packages; left out, they are packed here.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Zippable, zipSync } from 'fflate';

const here = import.meta.dirname;
const root = join(here, '../../../..');

/** What is in the layer besides what these need. */
const PACKAGES = ['core', 'aws', 'config', 'detector-kit', 'exporter-kit', 'exporter-cloudwatch', 'exporter-otlp'];
/** What nobody loads at run time. */
const SUPERFLUOUS = ['**/*.map', '**/*.d.ts', '**/*.d.mts', '**/*.d.cts', '**/*.md', '.package-lock.json'];
/** Functions must be able to read it, and to start the wrapper. */
const FILE_MODE = 0o644;
const PROGRAM_MODE = 0o755;
const UNIX = 3;
/** Bytes that all layers and the function may have, unpacked ("Lambda quotas"). */
const MAX_BYTES = 250 * 1024 * 1024;
/** The same content gives the same file, by which deployments tell that nothing has changed. */
const NO_TIME = new Date('2000-01-01T00:00:00');

/** Puts into `folder` what Lambda unpacks at /opt. */
export function buildLayer(folder: string, tarballs: readonly string[]): void {
  const nodejs = join(folder, 'nodejs');
  mkdirSync(nodejs, { recursive: true });
  const wanted = PACKAGES.map((name) => tarballOf(name, tarballs));
  writeFileSync(join(nodejs, 'package.json'), '{ "private": true }\n');
  const options = ['--omit=dev', '--omit=optional', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
  execFileSync('npm', ['install', ...options, ...wanted], { cwd: nodejs, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const name of ['package.json', 'package-lock.json']) rmSync(join(nodejs, name));
  const modules = join(nodejs, 'node_modules');
  for (const name of globSync(SUPERFLUOUS, { cwd: modules })) rmSync(join(modules, name), { force: true });
  rmSync(join(modules, '.bin'), { recursive: true, force: true });
  cpSync(join(here, 'telltale'), join(nodejs, 'telltale'), { recursive: true });
  copyFileSync(join(here, 'exec-wrapper.sh'), join(folder, 'telltale'));
  chmodSync(join(folder, 'telltale'), PROGRAM_MODE);
}

/** The folder as the zip that Lambda takes; the same each time. */
export function zipLayer(folder: string): Uint8Array {
  const files: Zippable = {};
  let bytes = 0;
  for (const name of filesIn(folder)) {
    const content = readFileSync(join(folder, name));
    const mode = name === 'telltale' ? PROGRAM_MODE : FILE_MODE;
    bytes += content.byteLength;
    files[name] = [content, { os: UNIX, attrs: mode << 16, mtime: NO_TIME }];
  }
  if (bytes > MAX_BYTES) throw new Error(`The layer has ${bytes} bytes; Lambda takes ${MAX_BYTES}.`);
  return zipSync(files, { level: 9 });
}

function filesIn(folder: string): readonly string[] {
  return globSync('**', { cwd: folder })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
}

function tarballOf(name: string, tarballs: readonly string[]): string {
  const found = tarballs.find((path) => new RegExp(`^telltale-${name}-\\d`).test(basename(path)));
  if (found === undefined) throw new Error(`There is no tarball of @telltale/${name}; pack all packages.`);
  return found;
}

function main([file, given]: readonly string[]): void {
  if (file === undefined) throw new Error('Say where to: node build-layer.ts telltale-layer.zip [TARBALLS]');
  const work = mkdtempSync(join(tmpdir(), 'telltale-layer-'));
  try {
    const folder = given ?? join(work, 'tarballs');
    if (given === undefined) {
      const pack = ['--recursive', '--filter', './packages/**', 'pack', '--pack-destination', folder];
      execFileSync('npx', ['-y', 'pnpm@10.34.9', ...pack], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    }
    const layer = join(work, 'layer');
    buildLayer(
      layer,
      readdirSync(folder).map((name) => join(folder, name)),
    );
    const zip = zipLayer(layer);
    writeFileSync(file, zip);
    process.stdout.write(`${file}: ${zip.byteLength} bytes\n`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (import.meta.main) main(process.argv.slice(2));
