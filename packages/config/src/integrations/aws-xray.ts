import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { integration } from './backend-integration.ts';
import { aws, text, word } from './option-schemas.ts';

export const awsXrayIntegration = integration({
  type: 'aws_xray',
  package: '@telltale/exporter-xray',
  maker: 'xray',
  description: 'Sends spans to AWS X-Ray.',
  signals: ['spans'],
  config: z.strictObject({
    through: option(word(['segments', 'otlp']), 'otlp needs Transaction Search, and keeps spans whole.', 'segments'),
    annotations: option(
      z.array(text('the name of an attribute')).max(50, 'name 50 attributes at most'),
      'Attributes of spans or of the service by which X-Ray finds traces.',
    ),
    origin: option(
      z.string().regex(/^AWS::\w+::\w+$/, "it as 'AWS::ECS::Fargate'"),
      'Where the service runs; default what cloud.platform says.',
    ),
    ...aws,
  }),
  dimensionsMean:
    'X-Ray has no dimensions; put what each segment is to have into `service.attributes`, and name it in `config.annotations`.',
});
