import { type Exporter, TelemetryError } from '@telltale/core';
import { checkExporterOptions, type ExporterOptions } from '@telltale/exporter-kit';
import { type OtlpShape, otlpFor } from '@telltale/exporter-otlp';
import { newRelicAttributes } from './new-relic-attributes.ts';

export interface NewRelicOptions extends ExporterOptions, Pick<OtlpShape, 'resource'> {
  /** Of the account: an ingest key of type "license". */
  readonly licenseKey: string;
  /** Where the account is; default `us`. Keys of the EU begin with `eu01`. */
  readonly region?: 'us' | 'eu';
  /** Instead of the region's: of a proxy, or `https://gov-otlp.nr-data.net` for FedRAMP. */
  readonly url?: string;
}

/** docs.newrelic.com/docs/opentelemetry/best-practices/opentelemetry-otlp */
const URLS = { us: 'https://otlp.nr-data.net', eu: 'https://otlp.eu01.nr-data.net' } as const;
/** The same page: 1 MB, 10^6 bytes. It does not say whether before or after compression; this is before, which is safe. */
const LIMITS = { bytes: 1_000_000 } as const;

/**
 * Sends metrics, spans and events (as logs) to New Relic's OTLP endpoint: counters and histograms as differences, which are what it sums up. Throws
 * `ERR_OPTION` for options that cannot be.
 */
export function newrelic(options: NewRelicOptions): Exporter {
  checkExporterOptions('newrelic', options, ['licenseKey', 'region', 'url', 'resource']);
  const { licenseKey, region = 'us', url, resource, ...rest } = options;
  if (typeof licenseKey !== 'string' || licenseKey.trim() === '') {
    throw new TelemetryError(
      'ERR_OPTION',
      `"newrelic.licenseKey" is ${licenseKey === undefined ? 'missing (is the environment variable set?)' : 'no text'}; give the account's license key.`,
    );
  }
  if (licenseKey.startsWith('NRAK')) {
    throw new TelemetryError(
      'ERR_OPTION',
      '"newrelic.licenseKey" is a user key (NRAK…), which cannot send data; give an ingest key of type "license".',
    );
  }
  if (region !== 'us' && region !== 'eu') {
    throw new TelemetryError('ERR_OPTION', `"newrelic.region" is ${JSON.stringify(region)}; give 'us' or 'eu'.`);
  }
  if (region === 'us' && url === undefined && licenseKey.startsWith('eu01')) {
    throw new TelemetryError(
      'ERR_OPTION',
      '"newrelic.licenseKey" is of an account in the EU (eu01…), where "us" is not taken; add region: \'eu\'.',
    );
  }
  return otlpFor('newrelic', {
    ...rest,
    url: url ?? URLS[region],
    backend: 'newrelic',
    temporality: 'delta',
    summaries: 'gauges',
    attributes: newRelicAttributes,
    resource: (attributes) => newRelicAttributes(resource === undefined ? attributes : resource(attributes)),
    limits: LIMITS,
    headers: { 'api-key': licenseKey },
    credentials: 'check `licenseKey` (an ingest key of type "license") and `region`',
  });
}
