import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { integration } from './backend-integration.ts';
import { headers, key, LABEL_NAME, text, url, word } from './option-schemas.ts';
import { secret } from './secret.ts';

export const prometheusRemoteWriteIntegration = integration({
  type: 'prometheus_remote_write',
  package: '@telltale/exporter-prometheus/remote-write',
  maker: 'remoteWrite',
  description: 'Sends metrics by Prometheus remote write.',
  signals: ['metrics'],
  config: z.strictObject({
    url: url.describe('The whole address: http://prometheus:9090/api/v1/write.'),
    protocol: option(word(['1.0', '2.0']), 'Default: 2.0, and 1.0 where the receiver does not know it.'),
    headers: option(headers, 'On each request.'),
    basicAuth: option(
      secret(z.strictObject({ username: text('a name'), password: key('a password') })),
      'Name and password, instead of a token.',
    ),
    bearerToken: option(key('a token'), 'A token, instead of name and password.'),
    labels: option(
      z.record(z.string().regex(LABEL_NAME, 'letters, digits and _, no reserved name'), z.string()),
      'On all series, besides job and instance.',
    ),
    nativeHistograms: option(
      z.boolean(),
      'Exponential histograms as native ones. Default: where the receiver has them.',
    ),
  }),
  dimensions: 'labels',
  dimensionsMean: 'Labels of every series.',
});
