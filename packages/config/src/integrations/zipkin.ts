import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { integration } from './backend-integration.ts';
import { headers } from './option-schemas.ts';

export const zipkinIntegration = integration({
  type: 'zipkin',
  package: '@telltale/exporter-zipkin',
  maker: 'zipkin',
  description: 'Sends spans to Zipkin.',
  signals: ['spans'],
  config: z.strictObject({
    url: option(
      z.string().regex(/^https?:\/\/[^/]+\/./i, "the whole address, such as 'http://zipkin:9411/api/v2/spans'"),
      'The whole address.',
      'http://localhost:9411/api/v2/spans',
    ),
    headers: option(headers, 'Sent with each request.'),
    traceIdBits: option(z.literal([64, 128]), '64 cuts trace ids to their second half.', 128),
  }),
  dimensionsMean:
    'Zipkin has no dimensions; what everything is to have belongs to `attributes` at the top of the file.',
});
