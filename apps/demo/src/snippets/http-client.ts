import { createTelemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';
import { observeHttpCalls } from '@telltale/http-client';

const telemetry = createTelemetry({ service: { name: 'shop' }, exporters: [prometheus()] });

observeHttpCalls(telemetry, {
  names: { 'payments.internal:8080': 'payments', 'api.stripe.com': 'stripe', '*.amazonaws.com': 'aws' },
  operation: ({ host, path }) => (host === 'api.stripe.com' && path === '/v1/charges' ? 'charge' : undefined),
  skip: ({ path }) => path === '/health',
});
