import { createTelemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';
import { gather } from '@telltale/gather';

export const metrics = prometheus();
export const telemetry = createTelemetry({
  service: { name: 'shop' },
  exporters: [metrics],
  gather: gather({ gauges: { 'cache.size': 'sum', 'heap.*': 'max' } }),
});
