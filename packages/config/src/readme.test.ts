import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConfig } from './index.ts';
import { optionsReference, withReference } from './options-reference.ts';
import { project } from './project.test-support.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the README', () => {
  it('has the reference that the definitions make; else run: node write-schema.ts', () => {
    expect(withReference(readme)).toBe(readme);
    expect(optionsReference()).toContain('| `sampling.keep.slowerThan` |');
    expect(optionsReference()).toContain('| `metrics.views[].aggregation.type` |');
  });

  it('has files in which nothing is wrong', () => {
    const files = [...readme.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
    expect(files).toHaveLength(1);
    for (const text of files) {
      const { config, problems } = readConfig({
        cwd: project({ 'telltale.config.yaml': text }),
        env: { DASHBOARD_TOKEN: 'long' },
      });
      expect(problems).toEqual([]);
      expect(config.exporters).toHaveLength(3);
    }
  });

  it('has messages as they are', () => {
    const text = 'exporters: [{ type: console }, { type: aws_cloudwatch, config: { namespce: Checkout } }]';
    const { problems } = readConfig({ cwd: project({ 'telltale.config.yaml': text }), env: {} });
    const [, shown = ''] = /```text\n(telltale\.config\.yaml: .*?dimensions), …\n```/.exec(readme) ?? [];
    expect(shown).not.toBe('');
    expect(problems.map(({ message }) => message.slice(0, shown.length))).toContain(shown);
  });
});
