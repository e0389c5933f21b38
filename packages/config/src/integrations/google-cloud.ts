import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { integration } from './backend-integration.ts';
import { names, text, textByName, url } from './option-schemas.ts';
import { secret } from './secret.ts';

export const googleCloudIntegration = integration({
  type: 'google_cloud',
  package: '@telltale/exporter-google-cloud',
  maker: 'googleCloud',
  description: 'Sends metrics to Cloud Monitoring and spans to Cloud Trace.',
  signals: ['metrics', 'spans'],
  config: z.strictObject({
    projectId: option(
      z.string().regex(/^(?:[\w.:-]|\{tenant\})+$/, "the id of the project, such as 'my-project-123'"),
      'Default: GOOGLE_CLOUD_PROJECT, else that of the credentials or of the machine.',
    ),
    keyFile: option(text('the path of a JSON key'), 'Of a service account, from the folder of this file.'),
    credentials: option(secret(z.record(z.string(), z.unknown())), 'What such a key holds.'),
    metricPrefix: option(
      z
        .string()
        .regex(
          /^(?:custom|workload|external)\.googleapis\.com(?:\/(?:[a-zA-Z][\w.]*|\{tenant\}))*$/,
          'workload.googleapis.com or custom.googleapis.com, with a path if you like',
        ),
      'Before the names of metrics.',
      'workload.googleapis.com',
    ),
    monitoredResource: option(
      z.strictObject({ type: text('a type, such as k8s_container'), labels: textByName }),
      'What the series are of.',
      'generic_task',
    ),
    resourceAttributes: option(names, 'Attributes of the service that become labels of each series.'),
    integers: option(z.array(z.string()), 'Names of metrics whose type was made as INT64.'),
    endpoint: option(url, 'Where metrics go.', 'https://monitoring.googleapis.com'),
    tracesEndpoint: option(url, 'Where spans go.', 'https://telemetry.googleapis.com/v1/traces'),
  }),
  paths: ['keyFile'],
  dimensionsMean:
    'Cloud Monitoring has no constant labels; put what each series is to have into `service.attributes`, and name it in `config.resourceAttributes`.',
});
