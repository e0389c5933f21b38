import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { integration } from './backend-integration.ts';
import { key, temporality, url, word } from './option-schemas.ts';
import { RESOURCE_MEANING, resourceOption } from './resource-option.ts';

export const lightstepIntegration = integration({
  type: 'lightstep',
  package: '@telltale/exporter-otlp',
  maker: 'lightstep',
  description: 'Sends metrics and spans to Lightstep (ServiceNow Cloud Observability).',
  signals: ['metrics', 'spans'],
  config: z.strictObject({
    accessToken: key('an access token of the project'),
    region: option(word(['us', 'eu']), 'Where the project is.', 'us'),
    temporality: option(temporality, 'Of metrics.', 'cumulative'),
    url: option(url, "Instead of the region's: the address of a microsatellite."),
  }),
  dimensions: 'resource',
  dimensionsMean: RESOURCE_MEANING,
  optionsOf: resourceOption,
});
