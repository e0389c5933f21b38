import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TARGETS, templatesOf } from '@telltale/templates';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { telltale } from './project.test-support.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telltale-templates-'));
});
afterEach(() => rm(folder, { recursive: true }));

const RULES = 'telltale-rules.yaml';

async function put(name: string, content: unknown): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('telltale templates', () => {
  it('says what there is, without a target', async () => {
    const { code, stdout, stderr } = await telltale(['templates']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const name of Object.keys(TARGETS)) expect(stdout).toContain(`\n  ${name}`);
    expect(stdout).toContain(`  grafana       ${TARGETS.grafana.description}\n`);
    expect(stdout).toContain('Write them: telltale templates grafana --out DIR');
  });

  it('writes the files of a target, and says which and what to do with them', async () => {
    const out = join(folder, 'new/folder');
    expect(await telltale(['templates', 'prometheus', '--out', out])).toEqual({
      code: 0,
      stderr: '',
      stdout: `wrote  telltale-rules.yaml
wrote  telltale-rules.test.yaml

In ${out}. Next:
  - Name telltale-rules.yaml in prometheus.yml, under rule_files, and reload Prometheus.
  - Try the rules: promtool test rules telltale-rules.test.yaml
`,
    });
    for (const { path, content } of templatesOf('prometheus')) {
      expect(await readFile(join(out, path), 'utf8')).toBe(content);
    }
  });

  it.each(Object.keys(TARGETS) as (keyof typeof TARGETS)[])('writes all files for %s', async (name) => {
    const { code, stdout } = await telltale(['templates', name, '--out', folder]);
    expect(code).toBe(0);
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    expect(files).toHaveLength(templatesOf(name).length);
    for (const { path } of templatesOf(name)) expect(stdout).toContain(`wrote  ${path}\n`);
  });

  it('writes nothing where a file is otherwise, unless it is told to', async () => {
    await put(RULES, 'mine');
    const { code, stderr, stdout } = await telltale(['templates', 'prometheus', '--out', folder]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(
      `Nothing was written: ${folder} has ${RULES} with other content. Give --force to write over it, or another --out.`,
    );
    expect(await readdir(folder)).toEqual([RULES]);
    expect(await readFile(join(folder, RULES), 'utf8')).toBe('mine');
    const forced = await telltale(['templates', 'prometheus', '--out', folder, '--force']);
    expect(forced).toMatchObject({ code: 0, stdout: expect.stringContaining(`wrote  ${RULES}`) });
    expect(await readFile(join(folder, RULES), 'utf8')).not.toBe('mine');
  });

  it('leaves files alone that are there as they should be', async () => {
    await telltale(['templates', 'prometheus', '--out', folder]);
    const { code, stdout } = await telltale(['templates', 'prometheus', '--out', folder]);
    expect(code).toBe(0);
    expect(stdout).toContain(`same   ${RULES}\nsame   telltale-rules.test.yaml\n`);
    expect(stdout).not.toContain('wrote');
  });

  it('takes rules of your own, and metrics of your own for them', async () => {
    const when = { type: 'rate', metric: 'orders', over: 600, is: '<', value: 1 };
    const rules = [{ name: 'FewOrders', when, summary: 'Few orders' }];
    const file = await put('rules.json', { rules, metrics: [{ name: 'orders', type: 'counter', unit: '{order}' }] });
    expect(await telltale(['templates', 'prometheus', '--out', folder, '--rules', file])).toMatchObject({
      code: 0,
      stderr: '',
    });
    const written = await readFile(join(folder, RULES), 'utf8');
    expect(written).toContain('alert: FewOrders');
    expect(written).not.toContain('HighErrorRate');
  });

  it.each<[string, unknown, string]>([
    ['that are not there', undefined, 'ENOENT'],
    ['that are no JSON', '{', 'JSON'],
    ['that are none', 7, 'it is neither an array of rules nor'],
    ['that are wrong', [{ name: 'A b', when: {}, summary: '' }], 'rules[0]'],
    [
      'on metrics that nobody knows',
      [{ name: 'A', when: { type: 'absence', metric: 'orders', over: 60 }, summary: 'No' }],
      'Nothing is known of the metric "orders"',
    ],
    ['beside something else', { rules: [], colour: 1 }, 'colour'],
  ])('refuses rules %s', async (_, content, message) => {
    const file = content === undefined ? join(folder, 'none.json') : await put('rules.json', content);
    const { code, stderr } = await telltale(['templates', 'prometheus', '--out', join(folder, 'out'), '--rules', file]);
    expect(code).toBe(1);
    expect(stderr).toContain(`The rules in ${file} cannot be used: `);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
  });

  it('says the nearest target to one that is not known', async () => {
    const { code, stderr } = await telltale(['templates', 'grafanna', '--out', folder]);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `error: There are no templates for "grafanna"; did you mean grafana? Known are ${Object.keys(TARGETS).join(', ')}.\n`,
    );
    expect((await telltale(['templates', 'google', '--out', folder])).stderr).toContain('did you mean google-cloud?');
  });

  it('asks where to write', async () => {
    const { code, stderr } = await telltale(['templates', 'grafana']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'error: Say where to: telltale templates grafana --out DIR\n',
    });
  });

  it('says why it cannot write', async () => {
    const file = await put('file', 'x');
    const { code, stderr } = await telltale(['templates', 'prometheus', '--out', file]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${file} cannot be written to: `);
    expect(stderr).not.toContain('    at ');
  });
});
