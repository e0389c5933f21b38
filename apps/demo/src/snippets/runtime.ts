import { createTelemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';

export const telemetry = createTelemetry({
  service: { name: 'checkout' },
  exporters: [prometheus()],
  runtime: true, // or { disk: false, window: 30 }
  // Ten series for each CPU are many on large machines: this adds them up.
  metrics: {
    attributes: { 'system.cpu.time': { deny: ['system.cpu.logical_number'] } },
    disable: ['system.cpu.utilization'],
  },
});
