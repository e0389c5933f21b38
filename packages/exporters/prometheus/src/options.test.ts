import { TelemetryError } from '@telltale/core';
import { expect, test } from 'vitest';
import { type PrometheusOptions, prometheus } from './index.ts';

test.each([
  [
    { prot: 9464 },
    'prometheus() has no option "prot": there are name, port, host, path, prefix, labels, merge, targetInfo, scopeLabels, created, translation',
  ],
  [
    { port: '9464' },
    'prometheus() was given port: "9464", but it must be a whole number from 0 (any free port) to 65535',
  ],
  [{ port: 65_536 }, 'port: 65536'],
  [{ port: -1 }, 'port: -1'],
  [{ port: Number.NaN }, 'port: NaN'],
  [{ host: '' }, 'host: ""'],
  [
    { path: 'metrics' },
    'prometheus() was given path: "metrics", but it must be a path that begins with / and has no query',
  ],
  [{ path: '/metrics?x' }, 'path'],
  [
    { prefix: '1st' },
    'prometheus() was given prefix: "1st", but it must be made of letters, digits, _ and :, and not begin with a digit',
  ],
  [{ prefix: 'shop.' }, 'prefix: "shop."'],
  [{ name: '' }, 'name: ""'],
  [{ labels: ['prod'] }, "labels: an object, but it must be an object of names and texts, such as { stage: 'prod' }"],
  [
    { labels: { 'k8s.pod': 'a' } },
    'prometheus() was given labels with the name "k8s.pod", but names must be of letters',
  ],
  [{ labels: { le: '1' } }, 'labels with the name "le"'],
  [{ labels: { __name__: 'x' } }, 'labels with the name "__name__"'],
  [{ labels: { otel_scope_name: 'x' } }, 'labels with the name "otel_scope_name"'],
  [{ labels: { stage: 1 } }, 'labels.stage: 1, but it must be a text'],
  [{ merge: {} }, 'merge: an object, but it must be a registry of prom-client or @prometheus-io/client'],
  [{ merge: [null] }, 'merge: an object'],
  [{ created: 'yes' }, 'prometheus() was given created: "yes", but it must be true or false'],
  [
    { translation: 'none' },
    'prometheus() was given translation: "none", but it must be one of UnderscoreEscapingWithSuffixes, UnderscoreEscapingWithoutSuffixes, NoUTF8EscapingWithSuffixes, NoTranslation',
  ],
  [null, 'prometheus() takes an object of options, or nothing'],
])('options %o are refused at once', (options, message) => {
  const make = (): unknown => prometheus(options as PrometheusOptions);
  expect(make).toThrow(TelemetryError);
  expect(make).toThrow(message);
  expect(make).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
});

test('without options, the exporter is called prometheus and has no server', () => {
  const exporter = prometheus();
  expect(exporter.name).toBe('prometheus');
  expect(exporter.address).toBeUndefined();
});
