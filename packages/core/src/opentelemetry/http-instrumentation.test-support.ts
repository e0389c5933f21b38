import { createRequire } from 'node:module';
import type { TracerProvider } from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { onTestFinished } from 'vitest';

// One for all tests of a file: what it has patched once, another one does not patch again.
const instrumentation = new HttpInstrumentation({ enabled: false, disableOutgoingRequestInstrumentation: true });

/** OpenTelemetry's instrumentation of requests to node:http, until the end of the test. */
export function instrumentHttp(tracerProvider: TracerProvider): void {
  instrumentation.setTracerProvider(tracerProvider);
  instrumentation.setConfig({ disableOutgoingRequestInstrumentation: true });
  instrumentation.enable();
  // It sees modules that are required.
  createRequire(import.meta.url)('node:http');
  onTestFinished(() => instrumentation.setConfig({ ignoreIncomingRequestHook: () => true }));
}
