import { validateHeaderName, validateHeaderValue } from 'node:http';
import { messageOf, type Signal, TelemetryError, type Temporality } from '@telltale/core';
import { checkExporterOptions } from '@telltale/exporter-kit';
import type { OtlpLimits, OtlpOptions, OtlpProtocol } from './otlp-options.ts';
import { otlpUrls } from './otlp-urls.ts';

/** Options, checked and complete. */
export interface OtlpSettings extends Pick<OtlpOptions, 'headers' | 'authorize' | 'ca' | 'credentials'> {
  readonly protocol: OtlpProtocol;
  readonly urls: Readonly<Partial<Record<Signal, URL>>>;
  readonly compression: 'gzip' | 'none';
  readonly temporality: Temporality;
  readonly limits: Readonly<Record<Signal, Required<OtlpLimits>>>;
}

/** The server's default in grpc-go and grpc-java is 4 MiB for a message; the collector's for HTTP is 20 MiB. */
const DEFAULT_BYTES = 4_000_000;
const DEFAULT_ITEMS = 10_000;

const OWN_KEYS = [
  'url',
  'protocol',
  'headers',
  'authorize',
  'compression',
  'temporality',
  'limits',
  'ca',
  'backend',
  'credentials',
  'resource',
  'attributes',
  'metricName',
  'summaries',
] as const satisfies readonly (keyof OtlpOptions)[];

/** Throws `ERR_OPTION` with what was given and the mend. */
export function otlpSettings(maker: string, options: OtlpOptions): OtlpSettings {
  checkExporterOptions(maker, options, OWN_KEYS);
  const { headers, authorize, ca, credentials } = options;
  const oneOf = <T extends string>(
    key: 'protocol' | 'compression' | 'temporality' | 'summaries',
    all: readonly T[],
  ): T => {
    const value = (options[key] ?? all[0]) as T;
    if (all.includes(value)) return value;
    throw new TelemetryError(
      'ERR_OPTION',
      `"${maker}.${key}" is ${said(value)}; give ${all.map((one) => `'${one}'`).join(' or ')}.`,
    );
  };
  const protocol = oneOf('protocol', ['http/protobuf', 'http/json', 'grpc']);
  oneOf('summaries', ['summaries', 'gauges']);
  for (const key of ['authorize', 'resource', 'attributes', 'metricName'] as const) {
    if (options[key] !== undefined && typeof options[key] !== 'function') {
      throw new TelemetryError('ERR_OPTION', `"${maker}.${key}" is ${said(options[key])}; give a function.`);
    }
  }
  if (authorize !== undefined && protocol === 'grpc') {
    throw new TelemetryError(
      'ERR_OPTION',
      `"${maker}.authorize" sees requests of HTTP only; with gRPC give "headers", which may be a function.`,
    );
  }
  if (ca !== undefined && (typeof ca !== 'string' || !ca.includes('-----BEGIN'))) {
    throw new TelemetryError('ERR_OPTION', `"${maker}.ca" is no PEM; give the text of the file, not its name.`);
  }
  checkHeaders(maker, headers);
  return {
    protocol,
    urls: otlpUrls(maker, protocol, options.url),
    compression: oneOf('compression', ['gzip', 'none']),
    temporality: oneOf('temporality', ['cumulative', 'delta']),
    limits: limitsOf(maker, options.limits),
    ...(headers !== undefined && { headers }),
    ...(authorize !== undefined && { authorize }),
    ...(ca !== undefined && { ca }),
    ...(credentials !== undefined && { credentials }),
  };
}

function checkHeaders(maker: string, headers: OtlpOptions['headers']): void {
  if (headers === undefined || typeof headers === 'function') return;
  if (typeof headers !== 'object' || headers === null) {
    throw new TelemetryError('ERR_OPTION', `"${maker}.headers" is ${said(headers)}; give an object or a function.`);
  }
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string') {
      throw new TelemetryError(
        'ERR_OPTION',
        `"${maker}.headers" has ${said(value)} for "${name}"; give a string (is the environment variable set?).`,
      );
    }
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (error) {
      // The value may be a secret, so Node's sentence, which does not have it.
      throw new TelemetryError('ERR_OPTION', `"${maker}.headers" cannot be sent: ${messageOf(error)}.`, {
        cause: error,
      });
    }
  }
}

function limitsOf(maker: string, limits: OtlpOptions['limits']): OtlpSettings['limits'] {
  const of = (signal: Signal): Required<OtlpLimits> => {
    const given = { ...limits, ...limits?.[signal] };
    const most = (key: keyof OtlpLimits, fallback: number): number => {
      const value = given[key] ?? fallback;
      if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value > 0)) return value;
      throw new TelemetryError(
        'ERR_OPTION',
        `"${maker}.limits" has ${said(value)} for "${key}"; give a whole number above 0.`,
      );
    };
    return {
      bytes: most('bytes', DEFAULT_BYTES),
      compressedBytes: most('compressedBytes', Number.POSITIVE_INFINITY),
      items: most('items', DEFAULT_ITEMS),
    };
  };
  return { metrics: of('metrics'), spans: of('spans'), events: of('events') };
}

function said(value: unknown): string {
  return typeof value === 'string' || value === null ? JSON.stringify(value) : String(value);
}
