import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { integration } from './backend-integration.ts';
import { headers, url } from './option-schemas.ts';
import { RESOURCE_MEANING, resourceOption } from './resource-option.ts';

export const jaegerIntegration = integration({
  type: 'jaeger',
  package: '@telltale/exporter-otlp',
  maker: 'jaeger',
  description: 'Sends spans to Jaeger (1.35 and later).',
  signals: ['spans'],
  config: z.strictObject({
    url: option(url, 'Where it takes OTLP over HTTP.', 'http://localhost:4318'),
    headers: option(headers, 'For a proxy before it that asks for a token.'),
  }),
  dimensions: 'resource',
  dimensionsMean: RESOURCE_MEANING,
  optionsOf: resourceOption,
});
