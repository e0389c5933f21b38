// Makes page/dist of page/src: `node build-page.ts`, and before the tests and the demo.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

const PAGE = join(import.meta.dirname, 'page');

/** What is in page.js besides ours, all of it MIT: their notices go along. */
const BUNDLED = ['preact', 'uplot', '@dagrejs/dagre'];

/** In the order in which they apply; uPlot's own rules first. */
const STYLES = ['tokens', 'shell', 'table', 'charts', 'views', 'trace'];

/** Bytes of each file, plain and as a browser fetches it. */
export interface PageSizes {
  readonly [file: string]: { readonly bytes: number; readonly gzip: number };
}

/** Builds the page that the dashboard serves. */
export async function buildPage(): Promise<PageSizes> {
  const files = new Map([
    ['page.js', await script()],
    ['page.css', await styles()],
    ['licenses.txt', await licenses()],
    ['index.html', await readFile(join(PAGE, 'src/index.html'), 'utf8')],
  ]);
  await mkdir(join(PAGE, 'dist'), { recursive: true });
  const sizes: Record<string, { bytes: number; gzip: number }> = {};
  for (const [file, text] of files) {
    // A server that runs meanwhile never reads half a file.
    const part = join(PAGE, 'dist', `.${file}.${process.pid}`);
    await writeFile(part, text);
    await rename(part, join(PAGE, 'dist', file));
    sizes[file] = { bytes: Buffer.byteLength(text), gzip: gzipSync(text).byteLength };
  }
  return sizes;
}

/** For `globalSetup` of Vitest. */
export async function setup(): Promise<void> {
  await buildPage();
}

async function script(): Promise<string> {
  const bundle = await rolldown({
    input: join(PAGE, 'src/main.tsx'),
    platform: 'browser',
    tsconfig: join(PAGE, 'tsconfig.json'),
    transform: { target: 'es2022' },
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message);
    },
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true, codeSplitting: false, comments: false });
  await bundle.close();
  return `/* Bundles ${BUNDLED.join(', ')}; their licences are in licenses.txt. */\n${output[0].code}`;
}

async function styles(): Promise<string> {
  const uplot = join(import.meta.dirname, 'node_modules/uplot/dist/uPlot.min.css');
  const own = STYLES.map((name) => join(PAGE, 'src/style', `${name}.css`));
  const texts = await Promise.all([uplot, ...own].map((file) => readFile(file, 'utf8')));
  // Ours have neither strings with spaces that matter nor comments within strings.
  return texts
    .join('\n')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,]) ?/g, '$1');
}

async function licenses(): Promise<string> {
  const texts = BUNDLED.map(
    async (name) => `${name}\n\n${await readFile(join(import.meta.dirname, 'node_modules', name, 'LICENSE'), 'utf8')}`,
  );
  return (await Promise.all(texts)).join('\n\n');
}

if (import.meta.main) {
  const sizes = Object.entries(await buildPage());
  const fetched = sizes.filter(([file]) => file !== 'licenses.txt');
  const total = fetched.reduce((sum, [, { gzip }]) => sum + gzip, 0);
  const kB = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;
  const lines = fetched.map(([file, { bytes, gzip }]) => `${file} ${kB(bytes)}, ${kB(gzip)} gzip`);
  process.stdout.write(`page/dist: ${lines.join('; ')}; ${kB(total)} gzip in all\n`);
}
