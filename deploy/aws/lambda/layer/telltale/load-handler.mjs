import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Finds `folder/module.path.to.handler` where Lambda's runtime does ("Define Lambda function handler in Node.js"). */
export async function loadHandler(root, name) {
  const file = basename(name);
  const dot = file.indexOf('.');
  if (dot <= 0) throw new Error(`"${name}" is no handler: write file.export, such as index.handler.`);
  const path = resolve(root, dirname(name), file.slice(0, dot));
  const exported = await loadModule(root, path);
  const handler = findIn(exported, file.slice(dot + 1)) ?? findIn(exported.default, file.slice(dot + 1));
  if (typeof handler !== 'function') {
    const error = new Error(`${name} is ${handler === undefined ? 'undefined or not exported' : 'not a function'}`);
    error.name = 'Runtime.HandlerNotFound';
    throw error;
  }
  return handler;
}

async function loadModule(root, path) {
  const file = ['', '.js', '.mjs', '.cjs'].map((extension) => path + extension).find((one) => existsSync(one));
  if (file !== undefined) return import(pathToFileURL(file).href);
  const require = createRequire(join(root, 'index.js'));
  return require(require.resolve(basename(path), { paths: [root, dirname(path)] }));
}

function findIn(exported, path) {
  return path
    .split('.')
    .reduce((found, key) => (typeof found === 'object' && found !== null ? found[key] : undefined), exported);
}
