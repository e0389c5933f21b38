import { readFile } from 'node:fs/promises';

/** Right from the sources as from what is built: both are one folder below the package. */
const PAGE = new URL('../page/dist/', import.meta.url);

/** What the page is made of: by the path below the mount. */
export const PAGE_FILES: Readonly<Record<string, { readonly name: string; readonly type: string }>> = {
  '/': { name: 'index.html', type: 'text/html; charset=utf-8' },
  '/page.js': { name: 'page.js', type: 'text/javascript; charset=utf-8' },
  '/page.css': { name: 'page.css', type: 'text/css; charset=utf-8' },
};

/** `undefined`: the page was not built. */
export async function readPageFile(name: string): Promise<Buffer | undefined> {
  try {
    return await readFile(new URL(name, PAGE));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
