import type { Exporter, Temporality } from '@telltale/core';
import { checkExporterOptions, type ExporterOptions } from '@telltale/exporter-kit';
import { otlpFor } from './otlp.ts';
import type { OtlpShape } from './otlp-options.ts';
import { chosen, requiredText } from './required-text.ts';

export interface LightstepOptions extends ExporterOptions, Pick<OtlpShape, 'resource'> {
  /** Of the project. */
  readonly accessToken: string;
  /** Default `us`. */
  readonly region?: 'us' | 'eu';
  readonly temporality?: Temporality;
  /** Instead of the region's: the address of a microsatellite. */
  readonly url?: string;
}

/** docs.lightstep.com/docs/ingest-metrics-otel-sdk */
const URLS = { us: 'https://ingest.lightstep.com', eu: 'https://ingest.eu.lightstep.com' } as const;
/** docs.lightstep.com/archive/send-otlp-over-http-to-lightstep */
const PATHS = { metrics: '/metrics/otlp/v0.9', spans: '/v1/traces' } as const;

/** Sends metrics and spans to Lightstep (ServiceNow Cloud Observability) by OTLP. Throws `ERR_OPTION` for options that cannot be. */
export function lightstep(options: LightstepOptions): Exporter {
  checkExporterOptions('lightstep', options, ['accessToken', 'region', 'temporality', 'url', 'resource']);
  const { accessToken, region = 'us', temporality = 'cumulative', url, ...rest } = options;
  const token = requiredText('lightstep', 'accessToken', accessToken, 'an access token of the project');
  const base = (url ?? URLS[chosen('lightstep', 'region', region, ['us', 'eu'])]).replace(/\/+$/, '');
  return otlpFor('lightstep', {
    ...rest,
    backend: 'lightstep',
    url: { metrics: `${base}${PATHS.metrics}`, spans: `${base}${PATHS.spans}` },
    temporality,
    headers: { 'lightstep-access-token': token },
    credentials: 'check `accessToken` and `region`',
  });
}
