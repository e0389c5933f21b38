import { expect, it } from 'vitest';
import { integrationTable } from './integration-table.ts';
import { INTEGRATIONS } from './integrations.ts';

it('the table has a row for each type, with what must be given and what dimensions are', () => {
  const table = integrationTable();
  expect(table.map(({ type }) => type)).toEqual(INTEGRATIONS.map(({ type }) => type));
  expect(table.find(({ type }) => type === 'aws_cloudwatch_logs')).toEqual({
    type: 'aws_cloudwatch_logs',
    package: '@telltale/exporter-cloudwatch-logs',
    signals: ['events'],
    required: ['logGroup'],
    optional: ['logStream', 'retentionInDays', 'resourceAttributes', 'region', 'credentials', 'endpoint'],
    dimensions: undefined,
  });
  expect(table.find(({ type }) => type === 'datadog')?.dimensions).toBe('Tags of every series and log.');
});
