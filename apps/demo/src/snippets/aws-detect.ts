import { awsDetectors } from '@telltale/aws';
import { createTelemetry } from '@telltale/core';
import { otlp } from '@telltale/exporter-otlp';

export const telemetry = createTelemetry({
  service: { name: 'checkout', version: '1.4.0', environment: 'production' },
  resourceDetectors: awsDetectors(), // EC2, EKS, Elastic Beanstalk, ECS and Fargate, Lambda
  exporters: [otlp({ url: 'http://otel-collector:4318' })],
});
