import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { integration } from './backend-integration.ts';
import { aws, names } from './option-schemas.ts';

export const awsCloudwatchLogsIntegration = integration({
  type: 'aws_cloudwatch_logs',
  package: '@telltale/exporter-cloudwatch-logs',
  maker: 'cloudwatchLogs',
  description: 'Sends events to Amazon CloudWatch Logs as flat JSON, for Logs Insights.',
  signals: ['events'],
  config: z.strictObject({
    logGroup: z
      .string()
      .regex(/^(?:[A-Za-z0-9._/#-]|\{tenant\}){1,512}$/, '1 to 512 letters, digits and . - _ / #')
      .describe('/shop/events; made when it is missing.'),
    logStream: option(
      z.string().regex(/^[^:*]{1,512}$/, '1 to 512 characters other than : and *'),
      "Default: the service's name and instance.",
    ),
    retentionInDays: option(
      z.literal([
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
      ]),
      'Of a log group that is made here; default for ever.',
    ),
    resourceAttributes: option(
      names,
      'Attributes of the service that each line has; default its name, version and environment.',
    ),
    ...aws,
  }),
  dimensionsMean:
    'CloudWatch Logs has no dimensions; put what each line is to have into `service.attributes`, and name it in `config.resourceAttributes`.',
});
