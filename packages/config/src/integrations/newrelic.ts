import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { integration } from './backend-integration.ts';
import { url, word } from './option-schemas.ts';
import { RESOURCE_MEANING, resourceOption } from './resource-option.ts';
import { secret } from './secret.ts';

export const newrelicIntegration = integration({
  type: 'newrelic',
  package: '@telltale/exporter-newrelic',
  maker: 'newrelic',
  description: "Sends metrics, spans and events to New Relic's OTLP endpoint.",
  signals: ['metrics', 'spans', 'events'],
  config: z.strictObject({
    licenseKey: secret(
      z.string().regex(/^(?!NRAK)\s*\S/, 'an ingest key of type "license", not a user key (NRAK…)'),
    ).describe('Of the account: an ingest key of type "license".'),
    region: option(word(['us', 'eu']), 'Where the account is.', 'us'),
    url: option(url, "Instead of the region's: of a proxy."),
  }),
  dimensions: 'resource',
  dimensionsMean: RESOURCE_MEANING,
  optionsOf: resourceOption,
});
