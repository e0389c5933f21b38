import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageLoader } from './load-package.ts';

let root: string;

async function install(folder: string, name: string, files: Readonly<Record<string, string>>): Promise<void> {
  const at = join(root, folder, 'node_modules', name);
  await mkdir(at, { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(join(at, file), text);
}

const description = (exports: object | string) => JSON.stringify({ name: 'x', type: 'module', exports });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'telltale-load-'));
  await install('config', '@shop/one', { 'package.json': description('./i.js'), 'i.js': 'export const from = 1;' });
  await install('app', '@shop/one', { 'package.json': description('./i.js'), 'i.js': 'export const from = 2;' });
  await install('app', '@shop/two', {
    'package.json': description({ './part': './i.js' }),
    'i.js': 'export const from = 3;',
  });
  await install('app', '@shop/broken', { 'package.json': description('./i.js'), 'i.js': "import 'not-there';" });
  await install('app', '@shop/failing', {
    'package.json': description('./i.js'),
    'i.js': "throw new Error('no\\nstack');",
  });
});
afterAll(() => rm(root, { recursive: true }));

it('loads from the first folder that has the package, ES modules too, and parts of packages', () => {
  const load = packageLoader([join(root, 'config'), join(root, 'app')]);
  expect(load('@shop/one').from).toBe(1);
  expect(load('@shop/two/part').from).toBe(3);
  expect(packageLoader([join(root, 'nowhere'), join(root, 'app')])('@shop/one').from).toBe(2);
});

it('loads what is installed beside this package where the folders have nothing', () => {
  expect(packageLoader([root])('zod').z).toBeDefined();
});

it('says what to install', () => {
  const load = packageLoader([join(root, 'config')]);
  expect(() => load('@telltale/exporter-nowhere')).toThrow(
    '@telltale/exporter-nowhere is not installed; run `npm install @telltale/exporter-nowhere`.',
  );
  expect(() => load('@telltale/exporter-nowhere/part')).toThrow('run `npm install @telltale/exporter-nowhere`.');
});

it('says why what is installed could not be loaded, in one line', () => {
  const load = packageLoader([join(root, 'app')]);
  expect(() => load('@shop/broken')).toThrow(/^@shop\/broken could not be loaded: .*not-there/);
  expect(() => load('@shop/failing')).toThrow(/^@shop\/failing could not be loaded: no$/);
  expect(() => load('@shop/two')).toThrow(/^@shop\/two could not be loaded: No "exports" main/);
});
