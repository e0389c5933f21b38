import { createTelemetry } from '@telltale/core';
import { zipkin } from '@telltale/exporter-zipkin';

export const telemetry = createTelemetry({
  service: { name: 'checkout', version: '1.4.0' },
  exporters: [zipkin({ url: 'http://zipkin:9411/api/v2/spans' })],
});
