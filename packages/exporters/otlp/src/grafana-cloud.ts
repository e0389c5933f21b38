import { type Exporter, TelemetryError } from '@telltale/core';
import { checkExporterOptions, type ExporterOptions } from '@telltale/exporter-kit';
import { otlpFor } from './otlp.ts';
import type { OtlpShape } from './otlp-options.ts';
import { requiredText } from './required-text.ts';

export interface GrafanaCloudOptions extends ExporterOptions, Pick<OtlpShape, 'resource'> {
  /** The number of the stack, as its OpenTelemetry page says it. */
  readonly instanceId: string | number;
  /** Of an access policy with `metrics:write`, `traces:write`, `logs:write`. */
  readonly token: string;
  /** Of the stack: `prod-eu-west-0`, as in `https://otlp-gateway-prod-eu-west-0.grafana.net/otlp`. */
  readonly zone: string;
  /** Instead of the zone's gateway. */
  readonly url?: string;
}

/**
 * Sends metrics, spans and events to Grafana Cloud (Mimir, Tempo, Loki) by its OTLP gateway. Cumulative, which is what Mimir stores. Throws `ERR_OPTION`
 * for options that cannot be.
 */
export function grafanaCloud(options: GrafanaCloudOptions): Exporter {
  checkExporterOptions('grafanaCloud', options, ['instanceId', 'token', 'zone', 'url', 'resource']);
  const { instanceId, token, zone, url, ...rest } = options;
  const id = requiredText('grafanaCloud', 'instanceId', String(instanceId ?? ''), 'the number of the stack');
  const secret = requiredText('grafanaCloud', 'token', token, 'a token of an access policy');
  if (
    url === undefined &&
    !/^[a-z0-9-]+$/.test(requiredText('grafanaCloud', 'zone', zone, "such as 'prod-eu-west-0'"))
  ) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"grafanaCloud.zone" is ${JSON.stringify(zone)}; give the zone alone, such as 'prod-eu-west-0', or the whole address as "url".`,
    );
  }
  return otlpFor('grafanaCloud', {
    ...rest,
    backend: 'grafana-cloud',
    url: url ?? `https://otlp-gateway-${zone}.grafana.net/otlp`,
    temporality: 'cumulative',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    credentials: 'check `instanceId`, `token` and its scopes (metrics:write, traces:write, logs:write), and `zone`',
  });
}
