import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { integration } from './backend-integration.ts';
import { LABEL_NAME, port, text, word } from './option-schemas.ts';

/** "Prometheus Exporter" in OpenTelemetry's "Environment Variable Specification". */
const USUAL = { host: 'localhost', port: 9464 } as const;

export const prometheusIntegration = integration({
  type: 'prometheus',
  package: '@telltale/exporter-prometheus',
  maker: 'prometheus',
  description: 'Serves metrics to Prometheus from a port of its own.',
  signals: ['metrics'],
  served: true,
  bare: true,
  config: z.strictObject({
    port: option(port(0), 'Its port; 0 for any that is free.', 9464),
    host: option(text('an address or the name of a host'), 'Interface of that port; 0.0.0.0 for all.', 'localhost'),
    path: option(
      z.string().regex(/^\/[^\s?#]*$/, 'a path that begins with / and has no query'),
      'Of that port.',
      '/metrics',
    ),
    prefix: option(
      z.string().regex(/^([a-zA-Z_:][a-zA-Z0-9_:]*)?$/, 'letters, digits, _ and :, not beginning with a digit'),
      'Before all names, with an underscore: shop gives shop_http_server_….',
    ),
    labels: option(
      z.record(z.string().regex(LABEL_NAME, 'letters, digits and _, no reserved name'), z.string()),
      'Labels of every series.',
    ),
    targetInfo: option(z.boolean(), 'Whether target_info tells the attributes of the service.', true),
    scopeLabels: option(z.boolean(), 'Adds otel_scope_name and its like to all series.', false),
    created: option(z.boolean(), 'Adds _created samples in OpenMetrics.', false),
    translation: option(
      word([
        'UnderscoreEscapingWithSuffixes',
        'UnderscoreEscapingWithoutSuffixes',
        'NoUTF8EscapingWithSuffixes',
        'NoTranslation',
      ]),
      'What becomes of names.',
      'UnderscoreEscapingWithSuffixes',
    ),
  }),
  dimensions: 'labels',
  dimensionsMean: 'Labels of every series.',
  // Nobody could serve its handler: a file has no code.
  optionsOf: (config) => ({ ...USUAL, ...config }),
});
