import { z } from 'zod';
import { integration } from './backend-integration.ts';
import { aws, cloudwatchNames } from './option-schemas.ts';

export const awsCloudwatchIntegration = integration({
  type: 'aws_cloudwatch',
  package: '@telltale/exporter-cloudwatch',
  maker: 'cloudwatch',
  description: 'Sends metrics to Amazon CloudWatch by PutMetricData.',
  signals: ['metrics'],
  config: z.strictObject({ ...cloudwatchNames, ...aws }),
  dimensions: 'dimensions',
  dimensionsMean: 'Dimensions of every metric.',
});
