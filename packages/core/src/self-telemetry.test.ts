import { describe, expect, it } from 'vitest';
import type { Exporter } from './index.ts';
import { seriesOf, testTelemetry } from './telemetry.test-support.ts';

/** An exporter that fails while it is told to. */
function backend(delivery: Exporter['delivery'] = {}) {
  const state = { isDown: true, calls: 0 };
  const exportMetrics = async (): Promise<void> => {
    state.calls++;
    if (state.isDown) throw new Error('gone');
  };
  return { state, exporter: { name: 'backend', exportMetrics, delivery } satisfies Exporter };
}

describe('telltale.overflows', () => {
  it('says how many attributes of which metric have had too many values', () => {
    const { telemetry } = testTelemetry({ cardinality: { perInstrument: 5 } });
    telemetry.counter('visits').add(1, { page: '/' });
    expect(seriesOf(telemetry, 'telltale.overflows')).toEqual({});
    const orders = telemetry.counter('orders');
    for (let customer = 0; customer < 10; customer++) orders.add(1, { customer });
    expect(seriesOf(telemetry, 'telltale.overflows')).toEqual({ '{metric=orders}': 1 });
    for (let sku = 0; sku < 10; sku++) orders.add(1, { customer: 1, sku });
    expect(seriesOf(telemetry, 'telltale.overflows')).toEqual({
      '{metric=orders}': telemetry.health().cardinality.overflows.length,
    });
  });

  it('is still there when the budget of the whole process is used up', () => {
    const { telemetry } = testTelemetry({ cardinality: { total: 4 } });
    const orders = telemetry.counter('orders');
    for (let customer = 0; customer < 10; customer++) orders.add(1, { customer });
    for (let reading = 0; reading < 3; reading++) {
      const values = Object.values(seriesOf(telemetry, 'telltale.overflows'));
      expect(values.some((value) => value >= 1)).toBe(true);
    }
  });
});

describe('telltale.exporter.failing', () => {
  const failing = '{exporter=backend}';

  it('is 0 before the first call, 1 after one that failed, and 0 again after one that did not', async () => {
    const { state, exporter } = backend();
    const { telemetry } = testTelemetry({ exporters: [exporter] });
    expect(seriesOf(telemetry, 'telltale.exporter.failing')).toEqual({ [failing]: 0 });
    await telemetry.flush();
    expect(seriesOf(telemetry, 'telltale.exporter.failing')).toEqual({ [failing]: 1 });
    expect(seriesOf(telemetry, 'telltale.export.duration')).toEqual({
      '{exporter=backend,failed=true,signal=metrics}': 1,
    });
    state.isDown = false;
    await telemetry.flush();
    expect(seriesOf(telemetry, 'telltale.exporter.failing')).toEqual({ [failing]: 0 });
  });

  it('stays 1 while the exporter is left alone, though no call fails any more', async () => {
    const { state, exporter } = backend({ circuitBreaker: { failures: 1, pause: 1000 } });
    const { telemetry, clock } = testTelemetry({ exporters: [exporter] });
    await telemetry.flush();
    expect(telemetry.health().exporters[0]?.circuit).toBe('open');
    for (let minute = 0; minute < 10; minute++) {
      clock.advance(60);
      await telemetry.flush();
      expect(seriesOf(telemetry, 'telltale.exporter.failing')).toEqual({ [failing]: 1 });
    }
    expect(state.calls).toBe(1);
  });

  it('is told of exporters that come later, and not of those that are gone', async () => {
    const { telemetry } = testTelemetry();
    const { state, exporter } = backend();
    const remove = telemetry.addExporter(exporter);
    await telemetry.flush();
    expect(seriesOf(telemetry, 'telltale.exporter.failing')).toEqual({ [failing]: 1 });
    state.isDown = false;
    await remove();
    expect(seriesOf(telemetry, 'telltale.exporter.failing')).toEqual({});
  });

  it('is 1 for one that only serves and could not start', async () => {
    const start = () => Promise.reject(new Error('the port is taken'));
    const { telemetry } = testTelemetry({ exporters: [{ name: 'backend', start }] });
    await telemetry.flush();
    expect(seriesOf(telemetry, 'telltale.exporter.failing')).toEqual({ [failing]: 1 });
  });
});
