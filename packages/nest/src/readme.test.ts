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
  requests: read('requests/requests.test.ts'),
  series: read('requests/same-series.test.ts'),
  sockets: read('requests/sockets.test.ts'),
  spans: read('classes/spans.test.ts'),
  module: read('telemetry-module.test.ts'),
  hybrid: read('hybrid.test.ts'),
};

const text = read('../README.md');
const [requests = ''] = (text.split('## What is recorded')[1] ?? '').split('## Messages');
const [messages = ''] = (text.split('## Messages')[1] ?? '').split('## Options');

/** The cells of the tables' rows. */
function rowsOf(section: string, isRow: (cells: readonly string[]) => boolean): readonly (readonly string[])[] {
  return section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.slice(2, -2).split(' | '))
    .filter((cells) => isRow(cells) && cells.at(-1) !== 'test');
}

describe('the tables of the README', () => {
  const cases = rowsOf(requests, (cells) => cells.length === 3);

  it('have a row for each case', () => {
    expect(cases.length).toBeGreaterThan(40);
  });

  it.each(cases.map(([name = '', , tests = '']) => [name, tests] as const))(
    'name tests that there are for: %s',
    (_name, tests) => {
      for (const test of tests.split('; ')) {
        const [place = '', title = ''] = test.split(/: (.*)/);
        const titles = SOURCES[place]?.replaceAll("\\'", "'") ?? '';
        expect(titles).toContain(title);
        expect(title.length).toBeGreaterThan(10);
      }
    },
  );

  it('name files of tests for messages, schedules and queues', () => {
    const named = rowsOf(messages, (cells) => cells.length > 2).flatMap((cells) => cells.at(-1)?.match(/\w+/g) ?? []);
    expect(named.length).toBeGreaterThan(15);
    for (const name of new Set(named)) expect(read(`jobs/${name}.test.ts`)).toContain('it(');
  });
});
