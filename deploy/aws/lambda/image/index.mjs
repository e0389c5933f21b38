import { lambdaTelemetry } from '@telltale/aws';
import { createTelemetry } from '@telltale/core';
import { emf } from '@telltale/exporter-cloudwatch';

const telemetry = createTelemetry({
  service: { name: 'shop', version: '1.4.0' },
  exporters: [emf({ namespace: 'Shop', interval: 3600 })], // invocations deliver
  metrics: { disable: ['telltale.*'] },
  shutdown: { timeout: 0.4 },
});

export const handler = lambdaTelemetry(telemetry, async (event) => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ sku: event.pathParameters?.sku ?? null }),
}));
