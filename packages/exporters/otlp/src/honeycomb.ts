import type { Exporter, Temporality } from '@telltale/core';
import { checkExporterOptions, type ExporterOptions } from '@telltale/exporter-kit';
import { otlpFor } from './otlp.ts';
import type { OtlpShape } from './otlp-options.ts';
import { chosen, requiredText } from './required-text.ts';

export interface HoneycombOptions extends ExporterOptions, Pick<OtlpShape, 'resource'> {
  /** An ingest key of the environment. */
  readonly apiKey: string;
  /** The dataset of metrics; spans and events go to the one named like their service. Default: Honeycomb's own choice. */
  readonly dataset?: string;
  /** Default `us`. */
  readonly region?: 'us' | 'eu';
  /** Default `delta`: a query's SUM is then right as it is. */
  readonly temporality?: Temporality;
  /** Instead of the region's: the address of a Refinery. */
  readonly url?: string;
}

/** docs.honeycomb.io/send-data/opentelemetry */
const URLS = { us: 'https://api.honeycomb.io', eu: 'https://api.eu1.honeycomb.io' } as const;

/** Sends metrics, spans and events to Honeycomb by OTLP. Throws `ERR_OPTION` for options that cannot be. */
export function honeycomb(options: HoneycombOptions): Exporter {
  checkExporterOptions('honeycomb', options, ['apiKey', 'dataset', 'region', 'temporality', 'url', 'resource']);
  const { apiKey, dataset, region = 'us', temporality = 'delta', url, ...rest } = options;
  const key = requiredText('honeycomb', 'apiKey', apiKey, 'an ingest key of the environment');
  const base = URLS[chosen('honeycomb', 'region', region, ['us', 'eu'])];
  return otlpFor('honeycomb', {
    ...rest,
    backend: 'honeycomb',
    url: url ?? base,
    temporality,
    headers: {
      'x-honeycomb-team': key,
      ...(dataset !== undefined && {
        'x-honeycomb-dataset': requiredText('honeycomb', 'dataset', dataset, 'its name, or leave it out'),
      }),
    },
    credentials: 'check `apiKey`, and `region`: keys of one are not known in the other',
  });
}
