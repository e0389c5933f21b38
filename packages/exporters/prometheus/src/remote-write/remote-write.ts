import { type Exporter, TelemetryError } from '@telltale/core';
import {
  answerError,
  checkExporterOptions,
  type ExporterOptions,
  exporterOf,
  HttpClient,
  sendParcels,
} from '@telltale/exporter-kit';
import { labelName } from '../labels.ts';
import { encodeWriteRequest } from './encode-write-request.ts';
import { type KnownRanges, remoteParcels } from './remote-series.ts';

export interface RemoteWriteOptions extends ExporterOptions {
  /** The whole address: `http://prometheus:9090/api/v1/write`. */
  readonly url: string;
  /** On each request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly basicAuth?: { readonly username: string; readonly password: string };
  readonly bearerToken?: string;
  /** On all series, besides `job` and `instance`. */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Exponential histograms as native ones, for receivers that have them switched on; default false: as plain ones. One that has not answers 500,
   * which no later try mends.
   */
  readonly nativeHistograms?: boolean;
}

const OWN = ['url', 'headers', 'basicAuth', 'bearerToken', 'labels', 'nativeHistograms'];
/** `max_samples_per_send` of Prometheus's own sender (prometheus.io/docs/practices/remote_write). */
const MAX_SAMPLES = 2000;
const CREDENTIALS = 'check `basicAuth`, `bearerToken` and `headers`';

/** Sends metrics by Prometheus remote write 1.0. Throws a `TelemetryError` for options that cannot be. */
export function remoteWrite(options: RemoteWriteOptions): Exporter {
  checkExporterOptions('remoteWrite', options, OWN);
  const url = checkUrl(options.url);
  const { labels = {}, nativeHistograms = false } = options;
  for (const name of Object.keys(labels)) {
    if (labelName(name) === name) continue;
    throw new TelemetryError(
      'ERR_OPTION',
      `"remoteWrite.labels.${name}" is no name of a label; use letters, digits and underscores: ${labelName(name)}.`,
    );
  }
  const headers = {
    'content-type': 'application/x-protobuf',
    'content-encoding': 'snappy',
    'x-prometheus-remote-write-version': '0.1.0',
    'user-agent': 'telltale',
    ...authorization(options),
    ...options.headers,
  };
  const http = new HttpClient();
  const ranges: KnownRanges = new Map();
  return exporterOf('remoteWrite', options, {
    name: 'remote-write',
    backend: 'prometheus',
    // A series that is written twice with the same time and value stays as it is, and totals repair what was lost.
    whenUnknown: 'again',
    exportMetrics: (snapshot, context) =>
      sendParcels(remoteParcels(snapshot, { nativeHistograms, labels }, ranges), {
        context,
        maxWeight: MAX_SAMPLES,
        weigh: ({ series }) => series.length,
        whenUnknown: 'again',
        encode: encodeWriteRequest,
        send: async (body) => {
          const error = answerError(await http.send({ url, headers, body }, context), { credentials: CREDENTIALS });
          if (error !== undefined) throw error;
        },
      }),
    shutdown: async () => http.close(),
  });
}

function checkUrl(text: unknown): URL {
  const url = typeof text === 'string' ? URL.parse(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new TelemetryError(
    'ERR_OPTION',
    `"remoteWrite.url" is ${JSON.stringify(text)}; give the whole address, such as 'http://prometheus:9090/api/v1/write'.`,
  );
}

function authorization({ basicAuth, bearerToken }: RemoteWriteOptions): Readonly<Record<string, string>> {
  if (basicAuth !== undefined && bearerToken !== undefined) {
    throw new TelemetryError('ERR_OPTION', 'remoteWrite() takes "basicAuth" or "bearerToken", not both.');
  }
  if (bearerToken !== undefined) return { authorization: `Bearer ${bearerToken}` };
  if (basicAuth === undefined) return {};
  const { username, password } = basicAuth;
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}
