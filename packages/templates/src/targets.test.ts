import { METRICS } from '@telltale/core/conventions';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as templates from './index.ts';
import { TARGETS, type TargetName, templatesOf } from './index.ts';
import { prometheusName } from './prometheus/prometheus-name.ts';

const NAMES = Object.keys(TARGETS) as TargetName[];

/** Names of series that Prometheus, or the rules beside, make themselves. */
const NOT_RECORDED = ['ALERTS', 'target_info', 'up'];

describe('templates', () => {
  it.each(NAMES)('for %s are files with relative paths of their own, and the same each time', (name) => {
    const files = templatesOf(name);
    expect(files.length).toBeGreaterThan(0);
    expect(new Set(files.map(({ path }) => path)).size).toBe(files.length);
    for (const { path, content } of files) {
      expect(path).toMatch(/^(?!\/)(?!.*\.\.)[\w./-]+$/);
      expect(content).toMatch(/\n$/);
      if (path.endsWith('.json')) JSON.parse(content);
      if (path.endsWith('.yaml')) parse(content);
    }
    expect(templatesOf(name)).toEqual(files);
  });

  it.each(NAMES)('for %s have a description and what to do next', (name) => {
    expect(TARGETS[name].description).toMatch(/^[A-Z].*[^.]$/);
    expect(TARGETS[name].next.length).toBeGreaterThan(0);
  });

  it('there are none for what is not known, and the nearest is said', () => {
    expect(() => templatesOf('grafan' as never)).toThrow('did you mean "grafana"?');
  });

  it('are made by a function for each target', () => {
    const { azure, cloudwatch, datadog, googleCloud, grafana, prometheusRules } = templates;
    expect(grafana()).toEqual(templatesOf('grafana'));
    expect(prometheusRules()).toEqual(templatesOf('prometheus'));
    expect(cloudwatch()).toEqual(templatesOf('cloudwatch'));
    expect(googleCloud()).toEqual(templatesOf('google-cloud'));
    expect(azure()).toEqual(templatesOf('azure'));
    expect(datadog()).toEqual(templatesOf('datadog'));
  });
});

describe('names of metrics in templates', () => {
  const known = new Set(
    METRICS.flatMap((metric) => {
      const name = prometheusName(metric);
      return metric.type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => `${name}${part}`) : [name];
    }),
  );

  it.each(['grafana', 'prometheus'] as const)('for %s are all of metrics that core has', (name) => {
    const used = new Set(
      templatesOf(name).flatMap(({ path, content }) => expressionsIn(path, content).flatMap(metricsIn)),
    );
    expect(used.size).toBeGreaterThan(8);
    expect([...used].filter((one) => !known.has(one) && !NOT_RECORDED.includes(one))).toEqual([]);
  });
});

/** All PromQL in a generated document. */
function expressionsIn(path: string, content: string): readonly string[] {
  const found: string[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, one] of Object.entries(value)) {
      if (['expr', 'definition', 'series'].includes(key) && typeof one === 'string') found.push(one);
      else look(one);
    }
  };
  look(path.endsWith('.json') ? JSON.parse(content) : parse(content));
  return found;
}

/** What is neither within quotes, a label, a keyword, a function nor made by a recording rule. */
function metricsIn(expression: string): readonly string[] {
  const bare = expression
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/telltale:[\w:]+/g, '')
    .replace(/\b(by|on|group_left|without|ignoring) \([^)]*\)/g, '')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\boffset \w+/g, '')
    .replace(/label_values\(([^,]*), \w+\)/, '$1');
  return [...bare.matchAll(/\b[a-zA-Z_]\w*\b(?!\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !/^(and|or|unless|on|by|offset|sum|max|min|avg|group|count|e\d+)$/.test(name));
}
