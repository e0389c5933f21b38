import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { integration } from './backend-integration.ts';
import { key, text, url } from './option-schemas.ts';
import { RESOURCE_MEANING, resourceOption } from './resource-option.ts';

export const grafanaCloudIntegration = integration({
  type: 'grafana_cloud',
  package: '@telltale/exporter-otlp',
  maker: 'grafanaCloud',
  description: 'Sends metrics, spans and events to Grafana Cloud by its OTLP gateway.',
  signals: ['metrics', 'spans', 'events'],
  config: z.strictObject({
    instanceId: z
      .union([text('the number of the stack'), z.int().positive()])
      .describe('The number of the stack, as its OpenTelemetry page says it.'),
    token: key('a token of an access policy').describe('With metrics:write, traces:write and logs:write.'),
    zone: z
      .string()
      .regex(/^[a-z0-9-]+$/, "the zone alone, such as 'prod-eu-west-0'")
      .describe('Of the stack: prod-eu-west-0.'),
    url: option(url, "Instead of the zone's gateway."),
  }),
  dimensions: 'resource',
  dimensionsMean: RESOURCE_MEANING,
  optionsOf: resourceOption,
});
