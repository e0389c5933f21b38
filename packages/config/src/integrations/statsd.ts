import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { integration } from './backend-integration.ts';
import { word } from './option-schemas.ts';
import { statsdConfig } from './statsd-config.ts';

export const statsdIntegration = integration({
  type: 'statsd',
  package: '@telltale/exporter-statsd',
  maker: 'statsd',
  description: 'Sends metrics to a StatsD daemon; with the dialect datadog, events too.',
  signals: ['metrics', 'events'],
  config: z.strictObject({
    ...statsdConfig,
    dialect: option(word(['etsy', 'graphite', 'telegraf', 'datadog']), 'What the daemon is.', 'etsy'),
    timerSamples: option(
      z.number().min(1),
      'The most lines for a histogram series in an export (etsy, graphite); default 50, for collectd 1e9.',
    ),
  }),
  dimensions: 'tags',
  dimensionsMean: 'Tags of every series; with the dialect `etsy`, which has none, parts of its name.',
});
