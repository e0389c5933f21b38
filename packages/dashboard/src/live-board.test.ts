import { describe, expect, it } from 'vitest';
import { testBoard } from './dashboard.test-support.ts';

describe('a frame', () => {
  it('tells of traces, exporters, series, problems and alerts', async () => {
    const alert = {
      fingerprint: 'f1',
      rule: 'HighErrorRate',
      severity: 'critical',
      state: 'firing',
      labels: { service_name: 'shop' },
      summary: 'too many',
      description: 'not shown',
      since: 1_700_000_000,
      silenced: false,
    } as const;
    const { telemetry, frame } = await testBoard(
      { title: 'The shop', alerts: { current: () => [alert] } },
      { cardinality: { perInstrument: 3 } },
    );
    telemetry.addExporter({ name: 'backend', exportMetrics: async () => {} });
    const counter = telemetry.counter('orders');
    for (let i = 0; i < 10; i++) counter.add(1, { customer: `c${i}` });
    const shown = await frame();
    expect(shown).toMatchObject({
      title: 'The shop',
      traces: [],
      exporters: [{ name: 'backend', status: 'idle', queued: 0, lastSuccess: null, monthlyCost: null }],
      series: { perInstrument: 3, overflows: [{ metric: 'orders', attribute: 'customer' }] },
      problems: { ERR_CARDINALITY: expect.any(Number) },
    });
    expect(shown.alerts).toEqual([
      {
        id: 'f1',
        rule: 'HighErrorRate',
        severity: 'critical',
        state: 'firing',
        since: 1_700_000_000,
        summary: 'too many',
        labels: { service_name: 'shop' },
        silenced: false,
      },
    ]);
    expect(shown.series.largest[0]).toEqual({ metric: 'orders', series: 3 });
  });

  it('says that traces are off where nobody records spans, and shows alerts that fail as none', async () => {
    const broken = { current: () => JSON.parse('no') };
    const { frame, problems } = await testBoard({ alerts: broken }, { signals: { spans: false } });
    expect(await frame()).toMatchObject({ traces: 'off', alerts: [] });
    await frame();
    expect(problems.map(({ message }) => message)).toEqual([expect.stringMatching(/cannot show alerts/)]);
  });
});
