import { z } from 'zod';
import { integration } from './backend-integration.ts';
import { statsdConfig } from './statsd-config.ts';

export const dogstatsdIntegration = integration({
  type: 'dogstatsd',
  package: '@telltale/exporter-datadog',
  maker: 'dogstatsd',
  description:
    'Sends metrics and events to a Datadog Agent; default the one that DD_AGENT_HOST and DD_DOGSTATSD_PORT name.',
  signals: ['metrics', 'events'],
  config: z.strictObject(statsdConfig),
  dimensions: 'tags',
  dimensionsMean: 'Tags of every series and event.',
});
