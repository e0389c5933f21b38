import { createTelemetry, type SpanProcessor, type SpanSampler } from '@telltale/core';
import { otlp } from '@telltale/exporter-otlp';

/** Puts the tenant on every span, from where the service keeps it. */
const tenants: SpanProcessor = {
  onStart: (span) => void span.setAttribute('tenant.id', 'acme'),
  onEnd() {},
  forceFlush: async () => {},
  shutdown: async () => {},
};

/** All but health checks; ours decide by a share of the traces, `sampling: { ratio }`. */
const sampler: SpanSampler = {
  shouldSample: (_context, _traceId, _name, _kind, attributes) => ({
    decision: attributes['url.path'] === '/healthz' ? 0 /* not recorded */ : 2 /* recorded and exported */,
  }),
};

export const telemetry = createTelemetry({
  service: { name: 'checkout' },
  exporters: [otlp()],
  spanProcessors: [tenants],
  sampling: { sampler },
});
