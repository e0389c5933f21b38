import { METRICS } from '@telltale/core/conventions';
import { expect, it, onTestFinished, vi } from 'vitest';
import { observeActiveResources, observeAddon, observeWebAssembly } from './index.ts';
import { MODULE, testTelemetry } from './observed.test-support.ts';
import { webAssembly } from './web-assembly.ts';

it('all metrics that are made here are in the list of core, as they are', async () => {
  const { telemetry } = testTelemetry();
  onTestFinished(observeActiveResources(telemetry));
  onTestFinished(observeWebAssembly(telemetry));
  new webAssembly.Module(MODULE.buffer);
  expect(() => new webAssembly.Module(new ArrayBuffer(1))).toThrow();
  const addon = observeAddon({ hash: () => 1 }, telemetry, { to: 'hashes', sample: 10 });
  for (let call = 0; call < 100; call++) addon.hash();
  const own = METRICS.filter(({ about, name }) => about === 'native' || name === 'boundary.call.sampling');
  await vi.waitFor(async () => {
    const { metrics } = await telemetry.collect();
    const made = metrics
      .filter(({ name }) => !name.startsWith('telltale.') && !name.startsWith('boundary.call.duration'))
      .map(({ name, type, unit, description, points }) => ({
        ...{ name, type, unit, description },
        attributes: [...new Set(points.flatMap((point) => Object.keys(point.attributes)))].sort(),
      }));
    const listed = own.map(({ about: _about, ...metric }) => ({
      ...metric,
      attributes: [...metric.attributes].sort(),
    }));
    expect(made).toEqual(listed.sort((a, b) => (a.name < b.name ? -1 : 1)));
  });
});
