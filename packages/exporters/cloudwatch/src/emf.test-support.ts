import type { Metric, MetricsSnapshot } from '@telltale/core';
import { contextOf, SAMPLE_START, SAMPLE_TIME, sampleResource } from '@telltale/testing';
import { expect } from 'vitest';
import { type EmfOptions, emf } from './index.ts';

export type Line = Readonly<Record<string, unknown>> & { readonly _aws: Meta };

interface Meta {
  readonly Timestamp: number;
  readonly LogGroupName?: string;
  readonly CloudWatchMetrics: readonly {
    readonly Namespace: string;
    readonly Dimensions: readonly (readonly string[])[];
    readonly Metrics: readonly { readonly Name: string; readonly Unit?: string; readonly StorageResolution?: number }[];
  }[];
}

export async function linesOf(snapshot: MetricsSnapshot, options: Partial<EmfOptions> = {}): Promise<readonly Line[]> {
  const lines: string[] = [];
  const exporter = emf({ namespace: 'Checkout', write: (line) => void lines.push(line), ...options });
  await exporter.exportMetrics?.(snapshot, contextOf());
  for (const line of lines) expect(line).not.toContain('\n');
  const parsed = lines.map((line) => JSON.parse(line) as Line);
  for (const [i, line] of parsed.entries()) checkLine(line, lines[i] ?? '');
  return parsed;
}

/** "Specification: Embedded metric format", CloudWatch user guide. */
function checkLine(line: Line, text: string): void {
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(256_000);
  expect(Object.keys(line._aws)).toEqual(expect.arrayContaining(['Timestamp', 'CloudWatchMetrics']));
  for (const { Dimensions, Metrics: metrics } of line._aws.CloudWatchMetrics) {
    expect(metrics.length).toBeLessThanOrEqual(100);
    expect(new Set(metrics.map(({ Name }) => Name)).size).toBe(metrics.length);
    for (const dimensions of Dimensions) {
      expect(dimensions.length).toBeLessThanOrEqual(30);
      for (const key of dimensions) expect(line[key]).toEqual(expect.stringMatching(/\S/));
    }
    for (const { Name } of metrics) {
      const value = line[Name];
      if (typeof value === 'number') continue;
      const { Values = [], Counts = [], ...set } = value as { Values?: number[]; Counts?: number[] };
      expect(Values.length).toBeLessThanOrEqual(100);
      expect(Counts.length).toBe(Values.length);
      expect(Object.keys(set).sort()).toEqual(['Count', 'Max', 'Min', 'Sum']);
    }
  }
}

/** What CloudWatch has of a metric: SampleCount and Sum. Numbers, lists of numbers, values with counts and statistic sets. */
export function statisticsOf(lines: readonly Line[], name: string): { readonly count: number; readonly sum: number } {
  let count = 0;
  let sum = 0;
  for (const line of lines) {
    const value = line[name];
    if (value === undefined) continue;
    if (typeof value === 'number' || Array.isArray(value)) {
      const values = [value].flat() as number[];
      count += values.length;
      sum += values.reduce((all, one) => all + one, 0);
      continue;
    }
    const {
      Values,
      Counts = [],
      Count,
      Sum,
    } = value as { Values?: number[]; Counts?: number[]; Count: number; Sum: number };
    count += Values === undefined ? Count : Counts.reduce((all, n) => all + n, 0);
    sum += Values === undefined ? Sum : Values.reduce((all, one, i) => all + one * (Counts[i] ?? 0), 0);
  }
  return { count, sum };
}

export function snapshotOf(...metrics: readonly object[]): MetricsSnapshot {
  const shared = { description: '', unit: '', scope: { name: 'test' }, resource: sampleResource, temporality: 'delta' };
  return {
    time: SAMPLE_TIME,
    resource: sampleResource,
    metrics: metrics.map((metric) => ({ ...shared, ...metric })) as Metric[],
  };
}

export function point(attributes: object, value: number): object {
  return { attributes, startTime: SAMPLE_START, time: SAMPLE_TIME, value };
}

export const orders = { name: 'orders', type: 'counter', unit: '{order}', points: [point({ plan: 'pro' }, 42)] };
export const queue = { name: 'queue.size', type: 'gauge', unit: 'By', points: [point({ plan: 'pro' }, 7.5)] };
