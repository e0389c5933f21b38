import { METRICS } from '@telltale/core/conventions';
import { describe, expect, test } from 'vitest';
import { azureTemplates } from '../azure/azure.ts';
import { cloudwatchTemplates } from '../cloudwatch/cloudwatch.ts';
import { datadogTemplates } from '../datadog/datadog.ts';
import { googleCloudTemplates } from '../google-cloud/google-cloud.ts';
import { CLOUD_TARGETS } from './cloud-targets.ts';
import { BY_HOST, HARD_RULES } from './rules.test-support.ts';
import { SECTIONS } from './sections.ts';

const MAKERS = {
  cloudwatch: cloudwatchTemplates,
  'google-cloud': googleCloudTemplates,
  azure: azureTemplates,
  datadog: datadogTemplates,
};

test('every panel is of a metric of Telltale and of attributes that it has', () => {
  for (const { shows } of SECTIONS.flatMap(({ panels }) => panels)) {
    const selectors = shows.type === 'share' ? [shows.part, shows.of] : [shows];
    const by = shows.type === 'share' ? [] : shows.by;
    for (const { metric, where = {} } of selectors) {
      const convention = METRICS.find(({ name }) => name === metric);
      expect(convention, metric).toBeDefined();
      for (const key of [...by, ...Object.keys(where)]) expect(convention?.attributes, metric).toContain(key);
    }
  }
});

describe.each(Object.entries(MAKERS))('%s', (name, make) => {
  test('has files with a path of their own that end with a line break, and a README that has every remark', () => {
    const { files, remarks } = make({ rules: HARD_RULES });
    expect(new Set(files.map(({ path }) => path)).size).toBe(files.length);
    for (const { path, content } of files) {
      expect(path).toMatch(/^[\w.-]+(\/[\w.-]+)*$/);
      expect(content).toMatch(/[^\n]\n$/);
    }
    const readme = files.find(({ path }) => path === 'README.md')?.content ?? '';
    for (const { rule, reason } of remarks) expect(readme).toContain(`- **${rule}**: ${reason}`);
    expect(CLOUD_TARGETS[name as keyof typeof MAKERS].make({ rules: HARD_RULES })).toEqual(files);
  });

  test('is the same each time', () => {
    expect(make()).toEqual(make());
  });

  test('says which option of the exporter a rule needs', () => {
    const { remarks } = make({ rules: [BY_HOST] });
    expect(remarks).toEqual([
      { rule: 'ByHost', kind: 'changed', reason: expect.stringMatching(/host.name.*: \w+\(\{ \w+ \}\)\.$/) },
    ]);
  });

  test('without rules there is a dashboard alone', () => {
    expect(make({ rules: [] }).files.length).toBeGreaterThan(1);
  });

  test('takes metrics of the service itself, and refuses those of which nothing is known', () => {
    const rules = [
      {
        name: 'Refunds',
        when: { type: 'rate', metric: 'refunds', over: 300, is: '>', value: 1 },
        summary: 'many',
      } as const,
    ];
    expect(() => make({ rules })).toThrow('refunds');
    const { files } = make({ rules, metrics: [{ name: 'refunds', type: 'counter', unit: '{refund}' }] });
    expect(files.some(({ content }) => content.includes('refunds'))).toBe(true);
  });
});
