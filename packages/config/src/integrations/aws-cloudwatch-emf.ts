import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { integration } from './backend-integration.ts';
import { cloudwatchNames, names, text } from './option-schemas.ts';

export const awsCloudwatchEmfIntegration = integration({
  type: 'aws_cloudwatch_emf',
  package: '@telltale/exporter-cloudwatch',
  maker: 'emf',
  description: 'Writes metrics to standard output as lines of the embedded metric format, for Lambda.',
  signals: ['metrics'],
  config: z.strictObject({
    ...cloudwatchNames,
    properties: option(names, 'Attributes that stand in the lines for Logs Insights, and make no series.'),
    fields: option(
      z.record(
        text('a name other than _aws').regex(/^(?!_aws$)/, 'a name other than _aws'),
        z.union([z.string(), z.number(), z.boolean()]),
      ),
      'What all lines have besides.',
    ),
    logGroup: option(text('the name of a log group'), 'For the CloudWatch agent.'),
    logStream: option(text('the name of a log stream'), 'For the CloudWatch agent.'),
  }),
  dimensions: 'dimensions',
  dimensionsMean: 'Dimensions of every metric.',
});
