import { TelemetryError } from '@telltale/core';
import { awsCloudwatchIntegration } from './aws-cloudwatch.ts';
import { awsCloudwatchEmfIntegration } from './aws-cloudwatch-emf.ts';
import { awsCloudwatchLogsIntegration } from './aws-cloudwatch-logs.ts';
import { awsXrayIntegration } from './aws-xray.ts';
import { azureMonitorIntegration } from './azure-monitor.ts';
import type { BackendIntegration } from './backend-integration.ts';
import { consoleIntegration } from './console.ts';
import { datadogIntegration } from './datadog.ts';
import { dogstatsdIntegration } from './dogstatsd.ts';
import { dynatraceIntegration } from './dynatrace.ts';
import { googleCloudIntegration } from './google-cloud.ts';
import { grafanaCloudIntegration } from './grafana-cloud.ts';
import { honeycombIntegration } from './honeycomb.ts';
import { jaegerIntegration } from './jaeger.ts';
import { lightstepIntegration } from './lightstep.ts';
import { newrelicIntegration } from './newrelic.ts';
import { otlpIntegration } from './otlp.ts';
import { prometheusIntegration } from './prometheus.ts';
import { prometheusRemoteWriteIntegration } from './prometheus-remote-write.ts';
import { splunkIntegration } from './splunk.ts';
import { statsdIntegration } from './statsd.ts';
import { zipkinIntegration } from './zipkin.ts';

/** Every `type` of `exporters`. */
export const INTEGRATIONS = [
  prometheusIntegration,
  prometheusRemoteWriteIntegration,
  consoleIntegration,
  otlpIntegration,
  grafanaCloudIntegration,
  honeycombIntegration,
  jaegerIntegration,
  lightstepIntegration,
  dynatraceIntegration,
  zipkinIntegration,
  newrelicIntegration,
  awsCloudwatchIntegration,
  awsCloudwatchEmfIntegration,
  awsCloudwatchLogsIntegration,
  awsXrayIntegration,
  azureMonitorIntegration,
  googleCloudIntegration,
  datadogIntegration,
  dogstatsdIntegration,
  statsdIntegration,
  splunkIntegration,
] as const;

/** `prometheus`, `otlp`, `aws_cloudwatch`, … */
export type IntegrationType = (typeof INTEGRATIONS)[number]['type'];

/** The integration of a type. Throws where a program in JavaScript asks for one that there is not. */
export function integrationOf(type: IntegrationType): BackendIntegration {
  const found = INTEGRATIONS.find((one) => one.type === type);
  if (found !== undefined) return found;
  const types = INTEGRATIONS.map((one) => one.type);
  throw new TelemetryError('ERR_OPTION', `There is no exporter of the type "${type}"; there are ${types.join(', ')}.`);
}
