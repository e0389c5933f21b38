// What the layer's wrapper makes the function's handler: the handler that the function is configured with, observed.
import { lambdaTelemetry } from '@telltale/aws';
import { configuredExporters, configureTelemetry } from '@telltale/config';
import { emf } from '@telltale/exporter-cloudwatch';
import { loadHandler } from './load-handler.mjs';

const { LAMBDA_TASK_ROOT = process.cwd(), TELLTALE_LAMBDA_HANDLER = '' } = process.env;
// What the function sees of its environment is as it would be without the layer.
process.env._HANDLER = TELLTALE_LAMBDA_HANDLER;
delete process.env.TELLTALE_LAMBDA_HANDLER;

const source = { cwd: LAMBDA_TASK_ROOT };
const name = process.env.OTEL_SERVICE_NAME ?? process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'lambda';
// Nothing is configured: log lines, which need no permission and no network.
const exporters = configuredExporters(source).length === 0 ? [emf({ namespace: name, interval: 3600 })] : [];
const telemetry = configureTelemetry(
  {
    exporters,
    service: { name },
    interval: 3600, // invocations deliver
    metrics: { disable: ['telltale.*'] }, // each delivery is a log line more
    shutdown: { timeout: 0.4 }, // what Lambda leaves between SIGTERM and SIGKILL, and a little less
  },
  source,
);

// Functions that use OpenTelemetry's API write into the same telemetry.
try {
  telemetry.register();
} catch {
  // The function brings an SDK of its own, which stays what it is.
}

export const handler = lambdaTelemetry(telemetry, await loadHandler(LAMBDA_TASK_ROOT, TELLTALE_LAMBDA_HANDLER));
