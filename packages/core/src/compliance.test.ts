import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const CORE = join(import.meta.dirname, '..');

interface Row {
  readonly feature: string;
  readonly js: string;
  readonly ours: string;
  readonly shown: string;
}

interface Section {
  readonly title: string;
  /** What it says of itself. */
  readonly counts: string;
  readonly rows: readonly Row[];
}

/** How many features the matrix has. */
const FEATURES = { Traces: 64, Baggage: 2, Metrics: 88, 'Context Propagation': 19 };

const sections = readFileSync(join(CORE, 'COMPLIANCE.md'), 'utf8')
  .split('\n## ')
  .slice(1)
  .map((text): Section => {
    const [title = '', , counts = ''] = text.split('\n');
    const rows = text
      .split('\n')
      .filter((line) => line.startsWith('| ') && !line.startsWith('| **') && !line.startsWith('| feature '))
      .map((line): Row => {
        const [feature = '', , js = '', ours = '', shown = ''] = line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim());
        return { feature, js, ours, shown };
      });
    return { title, counts, rows };
  });

/** Files and the titles that each is said to have: `path` › describe › it. */
const citations = (shown: string) =>
  shown.split('<br>').map((one) => {
    const [path = '', ...titles] = one.split(' › ');
    return { path: path.replaceAll('`', ''), titles };
  });

const sources = new Map<string, string>();
function sourceOf(path: string): string {
  const source = sources.get(path) ?? readFileSync(join(ROOT, path), 'utf8');
  sources.set(path, source);
  return source;
}

/** Whether a text is the title of a `describe` or `it`: the first of its arguments. */
function hasTitle(path: string, title: string): boolean {
  return (
    ["'", '"', '`'].some((quote) => sourceOf(path).includes(`(${quote}${title}${quote},`)) || isMultiline(path, title)
  );
}

/** With the title on a line of its own, as the formatter has it. */
function isMultiline(path: string, title: string): boolean {
  return sourceOf(path)
    .split('\n')
    .some((line) => /^\s+['"`]/.test(line) && line.trim().slice(1, -2) === title && line.trim().endsWith(','));
}

describe('COMPLIANCE.md', () => {
  it('has all features of the matrix, and says how many', () => {
    expect(Object.fromEntries(sections.map(({ title, rows }) => [title, rows.length]))).toEqual(FEATURES);
    for (const { rows, counts } of sections) {
      const ours = (answer: string) => rows.filter((row) => row.ours === answer).length;
      const js = (cell: string) => rows.filter((row) => (row.js.replace(/ ?[¹²]$/, '') || 'blank') === cell).length;
      expect(counts).toBe(
        `${rows.length} features. Telltale: ${ours('yes')} yes, ${ours('no')} no, ${ours('n/a')} n/a. ` +
          `JS SDK: ${js('+')} \`+\`, ${js('-')} \`-\`, ${js('blank')} not known.`,
      );
    }
  });

  describe.each(sections)('$title', ({ rows }) => {
    it.each(rows)('$feature', ({ ours, shown }) => {
      expect(['yes', 'no', 'n/a']).toContain(ours);
      expect(shown).not.toBe('');
      if (ours !== 'yes') {
        expect(shown).not.toContain('.test.ts');
        return;
      }
      for (const { path, titles } of citations(shown)) {
        expect(path).toMatch(/^packages\/.*\.test\.ts$/);
        expect(existsSync(join(ROOT, path)), `${path} exists`).toBe(true);
        expect(titles.length).toBeGreaterThan(0);
        for (const title of titles) expect(hasTitle(path, title), `${path} has "${title}"`).toBe(true);
      }
    });
  });
});

describe('the documentation', () => {
  const readme = readFileSync(join(CORE, 'README.md'), 'utf8').replace(/\s+/g, ' ');
  const says = (sentence: string) => readme.includes(sentence);

  it('says that attributes are better given when a span begins', () => {
    expect(says('Give attributes when a span begins rather than later: samplers see those only.')).toBe(true);
  });

  it('says that attributes which a view leaves out may still be on exemplars', () => {
    expect(says('Attributes that a view leaves out **are exported on exemplars**')).toBe(true);
  });
});
