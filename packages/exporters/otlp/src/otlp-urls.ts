import { type Signal, TelemetryError } from '@telltale/core';
import type { OtlpOptions, OtlpProtocol } from './otlp-options.ts';

/** What is added to a base (opentelemetry.io/docs/specs/otlp/#otlphttp-request). */
export const PATHS = {
  metrics: '/v1/metrics',
  spans: '/v1/traces',
  events: '/v1/logs',
} as const satisfies Record<Signal, string>;

const SIGNALS = Object.keys(PATHS) as readonly Signal[];
const DEFAULTS = {
  'http/protobuf': 'http://localhost:4318',
  'http/json': 'http://localhost:4318',
  grpc: 'http://localhost:4317',
} as const satisfies Record<OtlpProtocol, string>;

/** Where each signal goes. Throws `ERR_OPTION` for what cannot be an address, and for the mix-ups that OTLP invites. */
export function otlpUrls(
  maker: string,
  protocol: OtlpProtocol,
  url: OtlpOptions['url'] = DEFAULTS[protocol],
): Readonly<Partial<Record<Signal, URL>>> {
  if (typeof url === 'string') {
    const base = parsed(`${maker}.url`, url, protocol);
    const path = base.pathname.replace(/\/+$/, '');
    if (protocol === 'grpc') return Object.fromEntries(SIGNALS.map((signal) => [signal, base]));
    const whole = SIGNALS.find((signal) => path.endsWith(PATHS[signal]));
    if (whole !== undefined) {
      throw new TelemetryError(
        'ERR_OPTION',
        `"${maker}.url" is a base, to which "${PATHS[whole]}" is added, and ends in it already; leave that off, or give url: { ${whole}: '${url}' }.`,
      );
    }
    return Object.fromEntries(
      SIGNALS.map((signal) => {
        const at = new URL(base);
        at.pathname = `${path}${PATHS[signal]}`;
        return [signal, at];
      }),
    );
  }
  const entries = typeof url === 'object' && url !== null ? Object.entries(url) : [];
  const given = entries.filter(([, value]) => value !== undefined);
  const wrong = given.find(([key]) => !SIGNALS.includes(key as Signal));
  if (given.length === 0 || wrong !== undefined) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"${maker}.url" ${wrong === undefined ? 'names no address' : `has "${wrong[0]}"`}; give a string, or addresses for ${SIGNALS.join(', ')}.`,
    );
  }
  return Object.fromEntries(given.map(([key, value]) => [key, parsed(`${maker}.url.${key}`, value, protocol)]));
}

function parsed(option: string, text: unknown, protocol: OtlpProtocol): URL {
  const refuse = (why: string): TelemetryError =>
    new TelemetryError('ERR_OPTION', `"${option}" is ${JSON.stringify(text)}, ${why}`);
  if (typeof text !== 'string') throw refuse(`give a string such as '${DEFAULTS[protocol]}'.`);
  // `localhost:4318` parses as a URL whose scheme is `localhost:`.
  if (!/^https?:\/\//i.test(text)) {
    throw refuse(`which begins with neither http:// nor https://; write 'https://${text.replace(/^.*:\/\//, '')}'.`);
  }
  if (!URL.canParse(text)) throw refuse('which is no URL.');
  const url = new URL(text);
  if (protocol === 'grpc' && url.pathname !== '/') {
    throw refuse(`but gRPC has no paths; write '${url.origin}', or set protocol: 'http/protobuf'.`);
  }
  return url;
}
