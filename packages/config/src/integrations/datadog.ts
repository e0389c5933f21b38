import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { integration } from './backend-integration.ts';
import { text, textByName, url } from './option-schemas.ts';
import { secret } from './secret.ts';

export const datadogIntegration = integration({
  type: 'datadog',
  package: '@telltale/exporter-datadog',
  maker: 'datadog',
  description: 'Sends metrics, events (as logs) and, by option, spans to Datadog without an agent.',
  signals: ['metrics', 'spans', 'events'],
  config: z.strictObject({
    apiKey: option(
      secret(z.string().regex(/^[\x21-\x7e]+$/, 'an API key, which has no spaces')),
      'Default: DD_API_KEY.',
    ),
    site: option(text("a site, such as 'datadoghq.eu'"), 'Default: DD_SITE, else datadoghq.com.'),
    endpoint: option(url, "Instead of the site's addresses: a proxy, which gets all paths."),
    host: option(text('the name of a host'), 'Default: host.name of the service.'),
    tags: option(textByName, 'On every series and log.'),
    instanceTag: option(z.boolean(), 'Whether series have the tag service_instance.', true),
    spans: option(z.boolean(), "Takes spans, too, by Datadog's OTLP intake.", false),
  }),
  dimensions: 'tags',
  dimensionsMean: 'Tags of every series and log.',
});
