import { context, trace } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { describe, expect, it } from 'vitest';
import type { Exporter, Telemetry } from './index.ts';
import { metricOf, seriesOf, testTelemetry, tracedTelemetry } from './telemetry.test-support.ts';

describe('health', () => {
  it('is ok at first, with nothing but what was asked for', () => {
    const { telemetry } = testTelemetry();
    expect(telemetry.health()).toEqual({
      status: 'ok',
      exporters: [],
      cardinality: { series: 0, limit: { perInstrument: 2000, total: 50_000 }, overflows: [] },
      problems: {},
    });
  });

  it('is degraded while an exporter fails, and says of each how it is doing', async () => {
    let failing = true;
    const exporter: Exporter = {
      name: 'backend',
      exportMetrics: async () => {
        if (failing) throw new Error('down');
      },
    };
    const { telemetry, problems } = testTelemetry({ exporters: [exporter] });
    telemetry.counter('c').add(1);
    await telemetry.flush();
    expect(telemetry.health()).toMatchObject({
      status: 'degraded',
      exporters: [{ name: 'backend', status: 'failing' }],
    });
    expect(problems[0]?.code).toBe('ERR_EXPORT');
    failing = false;
    await telemetry.flush();
    expect(telemetry.health()).toMatchObject({ status: 'ok', exporters: [{ name: 'backend', status: 'ok' }] });
  });
});

describe('what Telltale says of itself', () => {
  it('has series, problems, and what became of what was exported', async () => {
    const exporter: Exporter = { name: 'backend', exportMetrics: async () => {} };
    const { telemetry } = testTelemetry({ exporters: [exporter] });
    telemetry.counter('c').add(-1);
    await telemetry.flush();
    expect(seriesOf(telemetry, 'telltale.problems')).toEqual({ '{code=ERR_VALUE}': 1 });
    expect(metricOf(telemetry, 'telltale.export.items')?.points[0]).toMatchObject({
      attributes: { exporter: 'backend', signal: 'metrics', outcome: 'accepted' },
    });
    expect(metricOf(telemetry, 'telltale.export.duration')?.points[0]).toMatchObject({
      count: 1,
      attributes: { exporter: 'backend', signal: 'metrics', failed: false },
    });
    expect(Object.values(seriesOf(telemetry, 'telltale.series'))[0]).toBeGreaterThan(2);
  });
});

describe('what exporters do', () => {
  it('is part of no trace, whatever they are called for and whoever woke them', async () => {
    const calls: string[] = [];
    const exporter = (telemetry: () => Telemetry | undefined): Exporter => {
      const call = (what: string) => async () => {
        await Promise.resolve();
        const suppressed = isTracingSuppressed(telemetry()?.activeContext() ?? context.active());
        telemetry()?.span('export', (span) => calls.push(`${what} ${suppressed} ${span.isRecording()}`));
      };
      const [exportMetrics, exportSpans] = [call('metrics'), call('spans')];
      return { name: 'backend', exportMetrics, exportSpans, start: call('start'), shutdown: call('shutdown') };
    };
    const { telemetry } = testTelemetry({ exporters: [exporter(() => telemetry)] });
    telemetry.span('work', () => {});
    await telemetry.span('asks for it', () => telemetry.flush());
    await telemetry.shutdown();
    expect(new Set(calls)).toEqual(
      new Set(['start true false', 'metrics true false', 'spans true false', 'shutdown true false']),
    );
  });
});

describe('spans by hand', () => {
  it('give what their work gives, with options and without', async () => {
    const { telemetry, finished } = tracedTelemetry({ attributes: { team: 'a' } });
    const result = telemetry.span('price', { attributes: { sku: 'x' } }, (span) => {
      expect(trace.getSpan(telemetry.activeContext())).toBe(span);
      return 5;
    });
    const double = telemetry.traced('double', async (value: number) => value * 2);
    expect([result, await double(4)]).toEqual([5, 8]);
    expect(await finished()).toMatchObject([
      { name: 'price', attributes: { sku: 'x', team: 'a' } },
      { name: 'double' },
    ]);
  });

  it('cost nothing when spans are off', () => {
    const { telemetry } = testTelemetry({ signals: { spans: false } });
    const work = (): number => 5;
    expect(telemetry.traced('t', work)).toBe(work);
    expect(telemetry.span('s', (span) => span.isRecording())).toBe(false);
    const headers = {};
    telemetry.inject(headers);
    expect(headers).toEqual({});
  });

  it('are carried by hand where nothing else carries them', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const headers: Record<string, string> = {};
    telemetry.span('here', () => telemetry.inject(headers));
    telemetry.withContext(telemetry.extract(headers), () => telemetry.span('there', () => {}));
    const [here, there] = await finished();
    expect(there).toMatchObject({ traceId: here?.traceId, parentSpanId: here?.spanId, parentIsRemote: true });
  });
});

describe('shutdown', () => {
  it('delivers once, resolves for everyone who asks, and leaves recording harmless', async () => {
    const exported: number[] = [];
    const exporter: Exporter = {
      name: 'backend',
      exportMetrics: async ({ metrics }) => {
        exported.push(metrics.length);
      },
    };
    const { telemetry, clock } = testTelemetry({ exporters: [exporter] });
    const counter = telemetry.counter('c');
    counter.add(1);
    const first = telemetry.shutdown();
    expect(telemetry.shutdown()).toBe(first);
    await first;
    expect(exported).toHaveLength(1);
    counter.add(1);
    telemetry.job('late', () => {});
    await telemetry.flush();
    clock.advance(1000);
    expect(exported).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});
