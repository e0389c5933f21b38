// After `pnpm deploy` into a folder, `node use-built.ts FOLDER` makes our packages in it what they are where they are installed: their manifests point
// at what is built, as publishing them does. Those that are never published have sources alone, which Node reads outside of node_modules only.
import { globSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Say which folder: node use-built.ts FOLDER');

const published = globSync(['package.json', 'node_modules/.pnpm/*/node_modules/@telltale/*/package.json'], {
  cwd: folder,
});
if (published.length < 2) throw new Error(`There is none of our packages in ${folder}; let pnpm deploy make it first.`);
for (const path of published) {
  const file = join(folder, path);
  const { publishConfig = {}, devDependencies: _, scripts: __, ...manifest } = JSON.parse(readFileSync(file, 'utf8'));
  const { access: ___, ...exported } = publishConfig;
  // Not written over: pnpm may have linked the very file of the sources.
  writeFileSync(`${file}.new`, `${JSON.stringify({ ...manifest, ...exported }, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}

for (const path of globSync('node_modules/.pnpm/*/node_modules/@telltale-internal/*', { cwd: folder })) {
  const place = join(folder, path);
  // Others have links to it.
  if (lstatSync(place).isSymbolicLink()) continue;
  const moved = join(folder, 'internal', basename(path));
  mkdirSync(dirname(moved), { recursive: true });
  renameSync(place, moved);
  symlinkSync(relative(dirname(place), moved), place);
  // Its dependencies are beside where it was; of its own it has links to programs at most.
  rmSync(join(moved, 'node_modules'), { recursive: true, force: true });
  symlinkSync(relative(moved, dirname(dirname(place))), join(moved, 'node_modules'));
}
