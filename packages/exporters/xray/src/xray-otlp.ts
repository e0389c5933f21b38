import { type Exporter, type MetricsSource, TelemetryError } from '@telltale/core';
import { otlpFor } from '@telltale/exporter-otlp';
import { MAX_OTLP_BYTES, MAX_OTLP_SPANS } from './limits.ts';
import { RequestSigner } from './request-signer.ts';
import type { XrayOptions } from './xray-options.ts';

/** Through X-Ray's OTLP endpoint, signed. */
export function xrayOtlp(options: XrayOptions): Exporter {
  const {
    through: _,
    region: given,
    credentials,
    endpoint,
    annotations: __,
    origin: ___,
    client: ____,
    ...common
  } = options;
  const region = given ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  if (!region) {
    throw new TelemetryError('ERR_OPTION', 'xray() does not know the region; pass `region` or set AWS_REGION.');
  }
  const signer = new RequestSigner(region, credentials);
  const base = (endpoint ?? `https://xray.${region}.${suffixOf(region)}`).replace(/\/+$/, '');
  const exporter = otlpFor('xray', {
    ...common,
    url: { spans: `${base}/v1/traces` },
    backend: 'xray',
    limits: { bytes: MAX_OTLP_BYTES, items: MAX_OTLP_SPANS },
    authorize: (request) => signer.headers(request),
    credentials: `check that the credentials are valid and may write to X-Ray (AWSXrayWriteOnlyPolicy), that Transaction Search is on, and the region "${region}"`,
  });
  return {
    ...exporter,
    async start(source: MetricsSource) {
      await signer.start();
      await exporter.start?.(source);
    },
  };
}

/** China has a domain of its own. */
function suffixOf(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}
