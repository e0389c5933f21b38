import type { Exporter } from '@telltale/core';
import { checkExporterOptions, type ExporterOptions } from '@telltale/exporter-kit';
import { otlpFor } from './otlp.ts';
import type { OtlpOptions, OtlpShape } from './otlp-options.ts';
import { PATHS } from './otlp-urls.ts';

export interface JaegerOptions extends ExporterOptions, Pick<OtlpShape, 'resource'> {
  /** Where it takes OTLP over HTTP; default `http://localhost:4318`. */
  readonly url?: string;
  /** For a proxy before it that asks for a token. */
  readonly headers?: OtlpOptions['headers'];
}

/** Sends spans to Jaeger (1.35 and later), which takes OTLP. Throws `ERR_OPTION` for options that cannot be. */
export function jaeger(options: JaegerOptions = {}): Exporter {
  checkExporterOptions('jaeger', options, ['url', 'headers', 'resource']);
  const { url = 'http://localhost:4318', headers, ...rest } = options;
  const base = typeof url === 'string' ? url.replace(/\/+$/, '') : url;
  return otlpFor('jaeger', {
    ...rest,
    backend: 'jaeger',
    url: { spans: typeof base === 'string' && !base.endsWith(PATHS.spans) ? `${base}${PATHS.spans}` : base },
    ...(headers !== undefined && { headers }),
  });
}
