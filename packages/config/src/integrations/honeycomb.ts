import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { integration } from './backend-integration.ts';
import { key, temporality, text, url, word } from './option-schemas.ts';
import { RESOURCE_MEANING, resourceOption } from './resource-option.ts';

export const honeycombIntegration = integration({
  type: 'honeycomb',
  package: '@telltale/exporter-otlp',
  maker: 'honeycomb',
  description: 'Sends metrics, spans and events to Honeycomb.',
  signals: ['metrics', 'spans', 'events'],
  config: z.strictObject({
    apiKey: key('an ingest key of the environment'),
    dataset: option(text('the name of a dataset'), "The dataset of metrics; default Honeycomb's own choice."),
    region: option(word(['us', 'eu']), 'Where the account is.', 'us'),
    temporality: option(temporality, 'Of metrics; of differences, SUM is right as it is.', 'delta'),
    url: option(url, "Instead of the region's: the address of a Refinery."),
  }),
  dimensions: 'resource',
  dimensionsMean: RESOURCE_MEANING,
  optionsOf: resourceOption,
});
