import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promtool } from '@telltale-internal/services';
import { stringify } from 'yaml';
import { type PrometheusRulesOptions, prometheusRules } from '../index.ts';

/** What promtool says to the rules of these options and their test, or to another test of them. Throws what it complains about. */
export async function tried(options: PrometheusRulesOptions, test?: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'telltale-rules-'));
  try {
    for (const { path, content } of prometheusRules(options)) await writeFile(join(folder, path), content);
    if (test !== undefined) {
      const whole = { rule_files: ['telltale-rules.yaml'], ...test };
      await writeFile(join(folder, 'telltale-rules.test.yaml'), stringify(whole));
    }
    const check = await promtool(['check', 'rules', join(folder, 'telltale-rules.yaml')]);
    if (check.exitCode !== 0) throw new Error(`${check.stdout}${check.stderr}`);
    const run = await promtool(['test', 'rules', join(folder, 'telltale-rules.test.yaml')]);
    if (run.exitCode !== 0) throw new Error(`${run.stdout}${run.stderr}`);
    return run.stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}
