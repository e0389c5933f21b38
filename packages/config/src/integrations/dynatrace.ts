import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { integration } from './backend-integration.ts';
import { key, url } from './option-schemas.ts';
import { RESOURCE_MEANING, resourceOption } from './resource-option.ts';

export const dynatraceIntegration = integration({
  type: 'dynatrace',
  package: '@telltale/exporter-otlp',
  maker: 'dynatrace',
  description: 'Sends metrics, spans and events to Dynatrace by its OTLP API.',
  signals: ['metrics', 'spans', 'events'],
  config: z.strictObject({
    environment: z
      .string()
      .regex(/^[a-z0-9-]+$/i, "its id alone, such as 'abc12345'")
      .describe('Its id: abc12345, as in https://abc12345.live.dynatrace.com.'),
    token: key('an access token').describe('With metrics.ingest, openTelemetryTrace.ingest and logs.ingest.'),
    url: option(url, "Instead of the environment's: of an ActiveGate or a managed cluster."),
  }),
  dimensions: 'resource',
  dimensionsMean: RESOURCE_MEANING,
  optionsOf: resourceOption,
});
