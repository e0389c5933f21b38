import { createTelemetry } from '@telltale/core';
import { contextOf, ManualClock, sampleSpans } from '@telltale/testing';
import { describe, expect, it } from 'vitest';
import { exporterTo, googleCloudUnderTest } from './backend.test-support.ts';
import { numberPoint, snapshotOf } from './snapshot.test-support.ts';

const orders = (value: number) => snapshotOf([{ type: 'counter', points: [numberPoint(value)] }]);

describe('in a service', () => {
  it('metrics that are flushed far too often all arrive, in order, and none is refused', async () => {
    const { exporter, backend } = await googleCloudUnderTest();
    const clock = new ManualClock();
    const told: string[] = [];
    const onError = (error: Error) => void told.push(error.message);
    const telemetry = createTelemetry({ service: { name: 'checkout' }, exporters: [exporter], clock, onError });
    const counter = telemetry.counter('orders');
    const histogram = telemetry.histogram('price');
    for (let i = 0; i < 6; i++) {
      counter.add(1, { plan: 'pro' });
      histogram.record(i);
      await telemetry.flush();
    }
    clock.set(clock.now() - 5);
    counter.add(1, { plan: 'pro' });
    await telemetry.shutdown();
    expect(told).toEqual([]);
    expect(backend.totals().get('orders')).toBe(7);
    expect(backend.totals().get('price')).toBe(6);
    expect(telemetry.health().exporters).toMatchObject([{ rejected: 0, unknown: 0, dropped: 0 }]);
  });

  it('spans carry the project', async () => {
    const { exporter, backend } = await googleCloudUnderTest();
    await exporter.exportSpans?.(sampleSpans(), contextOf());
    expect(new Set(backend.projects())).toEqual(new Set(['shop-1']));
    expect(backend.spanCount()).toBe(sampleSpans().length);
  });
});

describe('a failure', () => {
  it('of a host that cannot be reached is tried again, and its points are not taken for written', async () => {
    const { exporter, backend } = await googleCloudUnderTest();
    await backend.server.down();
    const failure = exporter.exportMetrics?.(orders(1), contextOf());
    await expect(failure).rejects.toMatchObject({
      retryable: true,
      message: expect.stringContaining('could not be reached'),
    });
  });

  it('of unknown outcome is counted, and sent again as of 5 s later: the total holds it anyway', async () => {
    const { exporter, backend } = await googleCloudUnderTest();
    backend.server.disconnect(true);
    const context = contextOf();
    await expect(exporter.exportMetrics?.(orders(1), context)).rejects.toThrow(/gave no answer/);
    expect(context.unsure.size).toBe(1);
    expect(await exporter.exportMetrics?.(orders(3), contextOf())).toEqual({ accepted: 1, rejected: 0 });
    expect(backend.totals().get('orders')).toBe(3);
  });

  it('of a part is told series by series; what was written is not written again', async () => {
    const { exporter, backend } = await googleCloudUnderTest();
    const snapshot = snapshotOf([{ type: 'counter', points: [numberPoint(1, { a: 1 }), numberPoint(2, { a: 2 })] }]);
    backend.server.refuseOne();
    const context = contextOf();
    expect(await exporter.exportMetrics?.(snapshot, context)).toMatchObject({ accepted: 1, rejected: 1 });
    expect([...context.refused]).toEqual([snapshot.metrics[0]?.points[1]]);
    expect([...context.named]).toEqual([snapshot.metrics[0]?.points[0]]);
  });

  it('of points that must wait is told when series were told of a minute ahead', async () => {
    const { exporter } = await googleCloudUnderTest();
    for (let i = 0; i < 13; i++) await exporter.exportMetrics?.(orders(i), contextOf());
    await expect(exporter.exportMetrics?.(orders(14), contextOf())).rejects.toThrow(
      /1 points wait: their series were last told of/,
    );
  });
});

describe('several processes', () => {
  it('that are one to the backend are told what to set, and their points are refused', async () => {
    const { exporter, backend } = await googleCloudUnderTest();
    const other = exporterTo(backend);
    await exporter.exportMetrics?.(orders(5), contextOf());
    const context = contextOf();
    const result = await other.exportMetrics?.(orders(3), context);
    expect(result).toMatchObject({ accepted: 0, rejected: 1 });
    expect(result?.reason).toMatch(
      /another process writes the same series: give each process its own `service\.instance\.id` \(the label task_id\)/,
    );
    expect(backend.totals().get('orders')).toBe(5);
  });

  it('with instances of their own add up', async () => {
    const { exporter, backend } = await googleCloudUnderTest();
    for (const [i, process] of [exporter, exporterTo(backend)].entries()) {
      const resource = { attributes: { 'service.name': 'checkout', 'service.instance.id': `task-${i}` } };
      const snapshot = snapshotOf([{ type: 'counter', resource, points: [numberPoint(5)] }]);
      await process.exportMetrics?.({ ...snapshot, resource }, contextOf());
    }
    expect(backend.totals().get('orders')).toBe(10);
  });
});
