import { lambdaTelemetry } from '@telltale/aws';
import { createTelemetry } from '@telltale/core';
import { emf } from '@telltale/exporter-cloudwatch';
import type { APIGatewayProxyHandlerV2 } from 'aws-lambda';

const telemetry = createTelemetry({
  service: { name: 'shop', version: '1.4.0' },
  exporters: [emf({ namespace: 'Shop', interval: 3600 })], // invocations deliver; no timer needs to
  metrics: { disable: ['telltale.*'] }, // each delivery is a log line more
  shutdown: { timeout: 0.4 }, // Lambda leaves half a second between SIGTERM and SIGKILL
});

export const handler: APIGatewayProxyHandlerV2 = lambdaTelemetry(telemetry, async (event) => ({
  statusCode: 200,
  body: JSON.stringify({ sku: event.pathParameters?.sku }),
}));
