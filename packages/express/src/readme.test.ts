import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

/** What the README calls the places of tests. */
const SUITE = '../../testing/src/';
const SOURCES: Readonly<Record<string, string>> = {
  suite: readdirSync(new URL(SUITE, import.meta.url))
    .filter((name) => name.startsWith('http-adapter-'))
    .map((name) => read(`${SUITE}${name}`))
    .join(),
  routes: read('route-templates.test.ts'),
  express: read('express-telemetry.test.ts'),
  errors: read('error-handlers.test.ts'),
  sockets: read('web-sockets.test.ts'),
};

const [table = ''] = (read('../README.md').split('## What is recorded')[1] ?? '').split('## Options');
const rows = table
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.split(' | ').length === 3)
  .map((line) => line.slice(2, -2).split(' | '));

describe('the table of the README', () => {
  it('has a row for each case', () => {
    expect(rows.length).toBeGreaterThan(40);
  });

  it.each(rows.slice(1).map(([name = '', , tests = '']) => [name, tests] as const))(
    'names tests that there are for: %s',
    (_name, tests) => {
      for (const test of tests.split('; ')) {
        const [place = '', title = ''] = test.split(/: (.*)/);
        const titles = SOURCES[place]?.replaceAll("\\'", "'") ?? '';
        expect(titles).toContain(title);
        expect(title.length).toBeGreaterThan(10);
      }
    },
  );
});
