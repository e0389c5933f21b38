import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { integration } from './backend-integration.ts';
import { key, names, text } from './option-schemas.ts';

export const azureMonitorIntegration = integration({
  type: 'azure_monitor',
  package: '@telltale/exporter-azure-monitor',
  maker: 'azureMonitor',
  description: 'Sends metrics, spans and events to Application Insights.',
  signals: ['metrics', 'spans', 'events'],
  config: z.strictObject({
    connectionString: option(key('a connection string'), 'Default: APPLICATIONINSIGHTS_CONNECTION_STRING.'),
    instrumentationKey: option(key('an instrumentation key'), 'In place of a connection string.'),
    managedIdentity: option(
      z.union([z.boolean(), z.strictObject({ clientId: text('the id of an identity') })]),
      'Signs in with the identity of where this runs; needs @azure/identity.',
    ),
    resourceAttributes: option(names, 'Attributes of the service that each item has.', ['deployment.environment.name']),
    buckets: option(z.boolean(), 'Whether histograms carry their buckets.', true),
  }),
  dimensionsMean:
    'Application Insights has no constant dimensions; put what each item is to have into `service.attributes`, and name it in `config.resourceAttributes`.',
});
