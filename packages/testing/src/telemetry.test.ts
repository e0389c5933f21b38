import { createTelemetry } from '@telltale/core';
import { expect, it } from 'vitest';
import { ManualClock, memoryExporter } from './index.ts';

// The example of the README.
it('counts orders', async () => {
  const memory = memoryExporter();
  const clock = new ManualClock();
  const telemetry = createTelemetry({ service: { name: 'checkout' }, exporters: [memory], clock });
  const orders = telemetry.counter('orders', { unit: '{order}' });

  orders.add(1, { plan: 'pro', country: 'NL' });
  orders.add(2, { plan: 'pro', country: 'FR' });
  await clock.advance(70); // metrics are sent every minute, give or take a tenth; `await telemetry.flush()` sends them at once

  expect(memory.value('orders', { plan: 'pro' })).toBe(3);
  await telemetry.shutdown();
});

for (const temporality of ['cumulative', 'delta'] as const) {
  it(`loses nothing and counts nothing twice when exports fail (${temporality})`, async () => {
    const memory = memoryExporter({ temporality });
    const clock = new ManualClock();
    const told: string[] = [];
    const telemetry = createTelemetry({
      service: { name: 'checkout' },
      exporters: [memory],
      clock,
      onError: (error) => told.push(error.message),
    });
    for (let i = 0; i < 20; i++) {
      telemetry.counter('orders').add(1, { plan: 'pro' });
      telemetry.histogram('price').record(i, { plan: 'pro' });
      telemetry.span('work', () => {});
      if (i % 3 === 0) memory.fail(2);
      await clock.advance(40);
    }
    await telemetry.shutdown();
    expect(memory.value('orders', { plan: 'pro' })).toBe(20);
    expect(memory.value('price', { plan: 'pro' })).toBe(20);
    expect(new Set(memory.spans.map(({ spanId }) => spanId)).size).toBe(20);
    expect(memory.spans).toHaveLength(20);
    expect(told.length).toBeGreaterThan(0);
    expect(telemetry.health().exporters).toMatchObject([{ name: 'memory', dropped: 0, rejected: 0, unknown: 0 }]);
  });
}
