import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { integration } from './backend-integration.ts';
import { names, text, url } from './option-schemas.ts';
import { secret } from './secret.ts';

const perSignal = (what: string) =>
  z.union([
    text(what),
    z.strictObject({ metrics: text(what).optional(), spans: text(what).optional(), events: text(what).optional() }),
  ]);

export const splunkIntegration = integration({
  type: 'splunk',
  package: '@telltale/exporter-splunk',
  maker: 'splunk',
  description: 'Sends metrics, spans and events to Splunk by its HTTP Event Collector.',
  signals: ['metrics', 'spans', 'events'],
  config: z.strictObject({
    url: option(url, 'Of the HTTP Event Collector: https://splunk.example.com:8088; default SPLUNK_HEC_URL.'),
    token: option(
      secret(z.string().regex(/^[\x21-\x7e]+$/, 'the token of an HTTP Event Collector')),
      'Default: SPLUNK_HEC_TOKEN.',
    ),
    index: option(perSignal('the name of an index'), 'Default: that of the token.'),
    source: option(text('a source'), 'Default: the name of the service.'),
    sourcetype: option(perSignal('a source type'), 'Default telltale:metric, telltale:span and telltale:event.'),
    host: option(text('the name of a host'), 'Default: host.name of the service, else the name of the machine.'),
    resourceAttributes: option(
      names,
      'Attributes of the service that go with everything; default its name, namespace, version, environment and instance.',
    ),
    quantiles: option(
      z.array(z.number().min(0).max(1)),
      'Estimated of each histogram; default 0.5, 0.9, 0.95 and 0.99.',
    ),
    buckets: option(z.boolean(), 'Sends the buckets of histograms too.', false),
    ca: option(text('the text of a PEM file'), "PEM of authorities to trust besides Node's."),
  }),
  dimensionsMean:
    'Splunk has no constant dimensions; put what everything is to have into `service.attributes`, and name it in `config.resourceAttributes`.',
});
