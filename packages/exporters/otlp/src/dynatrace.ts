import { type Exporter, TelemetryError } from '@telltale/core';
import { checkExporterOptions, type ExporterOptions } from '@telltale/exporter-kit';
import { otlpFor } from './otlp.ts';
import type { OtlpShape } from './otlp-options.ts';
import { requiredText } from './required-text.ts';

export interface DynatraceOptions extends ExporterOptions, Pick<OtlpShape, 'resource'> {
  /** Its id: `abc12345`, as in `https://abc12345.live.dynatrace.com`. */
  readonly environment: string;
  /** With the scopes `metrics.ingest`, `openTelemetryTrace.ingest`, `logs.ingest`. */
  readonly token: string;
  /** Instead of the environment's: of an ActiveGate or a managed cluster, with `/e/<id>/api/v2/otlp`. */
  readonly url?: string;
}

/**
 * Requests of metrics may have 4 MB before compression and 15,000 data points, those of traces 8 MB:
 * docs.dynatrace.com/docs/ingest-from/opentelemetry/otlp-api/ingest-otlp-metrics/about-metrics-ingest, …/ingest-traces
 */
const LIMITS = { bytes: 4_000_000, items: 15_000 } as const;

/**
 * Sends metrics, spans and events to Dynatrace by its OTLP API. Deltas, as it refuses cumulative counters and histograms; summaries, which it does not
 * take, as gauges. Throws `ERR_OPTION` for options that cannot be.
 */
export function dynatrace(options: DynatraceOptions): Exporter {
  checkExporterOptions('dynatrace', options, ['environment', 'token', 'url', 'resource']);
  const { environment, token, url, ...rest } = options;
  const secret = requiredText(
    'dynatrace',
    'token',
    token,
    'an access token with metrics.ingest and openTelemetryTrace.ingest',
  );
  if (
    url === undefined &&
    !/^[a-z0-9-]+$/i.test(requiredText('dynatrace', 'environment', environment, "its id, such as 'abc12345'"))
  ) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"dynatrace.environment" is ${JSON.stringify(environment)}; give the id alone, such as 'abc12345', or the whole address as "url".`,
    );
  }
  return otlpFor('dynatrace', {
    ...rest,
    backend: 'dynatrace',
    url: url ?? `https://${environment}.live.dynatrace.com/api/v2/otlp`,
    temporality: 'delta',
    summaries: 'gauges',
    limits: LIMITS,
    headers: { authorization: `Api-Token ${secret}` },
    credentials: 'check `token` and its scopes (metrics.ingest, openTelemetryTrace.ingest, logs.ingest)',
  });
}
