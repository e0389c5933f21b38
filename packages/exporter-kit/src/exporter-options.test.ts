import type { Exporter } from '@telltale/core';
import { expect, test } from 'vitest';
import { checkExporterOptions, exporterOf, loadPeer } from './index.ts';

const exporter: Exporter = {
  name: 'warehouse',
  interval: 5,
  exportMetrics: async () => {},
  exportSpans: async () => {},
};

test('puts the options that every exporter takes where the push loop finds them', () => {
  const publishWhen = () => true;
  const made = exporterOf('warehouse', { name: 'second', interval: 1, prefix: 'shop.', publishWhen }, exporter);
  expect(made).toMatchObject({ name: 'second', interval: 1, delivery: { prefix: 'shop.', publishWhen } });
  expect(exporterOf('warehouse', {}, exporter)).toEqual(exporter);
});

test('takes only the signals that are asked for', () => {
  const made = exporterOf('warehouse', { signals: ['spans'] }, exporter);
  expect(made.exportMetrics).toBeUndefined();
  expect(made.exportSpans).toBeTypeOf('function');
});

test('says which signals there are', () => {
  expect(() => exporterOf('warehouse', { signals: ['events'] }, exporter)).toThrow(
    `"warehouse.signals" has "events"; give an array of 'metrics', 'spans'.`,
  );
  expect(() => exporterOf('warehouse', { signals: [] }, exporter)).toThrow('is empty');
  expect(() => exporterOf('warehouse', { signals: 'metrics' as never }, exporter)).toThrow('give an array');
});

test('names the nearest option to one that is not known', () => {
  expect(() => checkExporterOptions('warehouse', { intervall: 5 } as never, ['url'])).toThrow(
    'Unknown option "warehouse.intervall"; did you mean "interval"?',
  );
  expect(() => checkExporterOptions('warehouse', undefined as never, [])).toThrow('takes an object of options');
  expect(() => checkExporterOptions('warehouse', { url: 'x' } as never, ['url'])).not.toThrow();
});

test('names the command that installs a missing library', async () => {
  const missing: string = '@telltale/not-there';
  await expect(loadPeer(missing, 'warehouse()', () => import(missing))).rejects.toThrow(
    'warehouse() needs @telltale/not-there, which is not installed; run `npm install @telltale/not-there`.',
  );
  const broken = (): Promise<never> => Promise.reject(new Error('it is broken'));
  await expect(loadPeer('lib', 'warehouse()', broken)).rejects.toThrow('warehouse() could not load lib: it is broken');
  await expect(loadPeer('node:path', 'warehouse()', () => import('node:path'))).resolves.toHaveProperty('join');
});
