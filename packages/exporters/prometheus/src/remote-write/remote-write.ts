import { type Exporter, TelemetryError } from '@telltale/core';
import {
  checkExporterOptions,
  type ExporterOptions,
  exporterOf,
  HttpClient,
  sendParcels,
} from '@telltale/exporter-kit';
import { labelName } from '../labels.ts';
import { EndedSeries } from './ended-series.ts';
import { REMOTE_WRITE_PROTOCOLS, RESERVED_HEADERS, Receiver, type RemoteWriteProtocol } from './receiver.ts';
import { type KnownRanges, remoteParcels } from './remote-series.ts';

export interface RemoteWriteOptions extends ExporterOptions {
  /** The whole address: `http://prometheus:9090/api/v1/write`. */
  readonly url: string;
  /** Unless given, 2.0, and 1.0 from the moment that the receiver turns out not to know it. */
  readonly protocol?: RemoteWriteProtocol;
  /** On each request; those of the protocol cannot be set. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly basicAuth?: { readonly username: string; readonly password: string };
  readonly bearerToken?: string;
  /** On all series, besides `job` and `instance`. */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Exponential histograms as native ones, or as plain ones. Unless given, native with 2.0, as long as the receiver does not turn out to have them
   * switched off; plain with 1.0, where a receiver that has them off answers 500, which no later try mends.
   */
  readonly nativeHistograms?: boolean;
}

const OWN = ['url', 'protocol', 'headers', 'basicAuth', 'bearerToken', 'labels', 'nativeHistograms'];
/** `max_samples_per_send` of Prometheus's own sender (prometheus.io/docs/practices/remote_write). */
const MAX_SAMPLES = 2000;

/** Sends metrics by Prometheus remote write, 2.0 or 1.0. Throws a `TelemetryError` for options that cannot be. */
export function remoteWrite(options: RemoteWriteOptions): Exporter {
  checkExporterOptions('remoteWrite', options, OWN);
  const url = checkUrl(options.url);
  const { protocol, labels = {}, nativeHistograms, spool } = options;
  checkProtocol(protocol);
  checkLabels(labels);
  checkHeaders(options.headers ?? {});
  const http = new HttpClient();
  const headers = { ...authorization(options), ...options.headers };
  const receiver = new Receiver({ url, http, headers, protocol, nativeHistograms });
  const ranges: KnownRanges = new Map();
  // What comes from a spool has attributes objects of its own, by which no series can be known.
  const ended = spool === undefined ? new EndedSeries() : undefined;
  let exemplarsSince = 0;
  return exporterOf('remoteWrite', options, {
    name: 'remote-write',
    backend: 'prometheus',
    // A series that is written twice with the same time and value stays as it is, and totals repair what was lost.
    whenUnknown: 'again',
    exportMetrics: async (snapshot, context) => {
      const parcels = remoteParcels(snapshot, { labels, exemplarsSince }, ranges, ended?.since(snapshot));
      const result = await sendParcels(parcels, {
        context,
        maxWeight: MAX_SAMPLES,
        weigh: (point) => receiver.weigh(point),
        whenUnknown: 'again',
        encode: (points) => receiver.encode(points),
        send: (body, points) => receiver.send(body, points, context),
      });
      exemplarsSince = snapshot.time;
      ended?.taken(snapshot);
      return result;
    },
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

function checkProtocol(protocol: unknown): void {
  if (protocol === undefined || (REMOTE_WRITE_PROTOCOLS as readonly unknown[]).includes(protocol)) return;
  throw new TelemetryError(
    'ERR_OPTION',
    `"remoteWrite.protocol" is ${JSON.stringify(protocol)}; give '2.0' or '1.0', or leave it out: then the receiver decides.`,
  );
}

function checkLabels(labels: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(labels)) {
    if (labelName(name) === name) continue;
    throw new TelemetryError(
      'ERR_OPTION',
      `"remoteWrite.labels.${name}" is no name of a label; use letters, digits and underscores: ${labelName(name)}.`,
    );
  }
}

function checkHeaders(headers: Readonly<Record<string, string>>): void {
  const reserved = Object.keys(headers).find((name) =>
    (RESERVED_HEADERS as readonly string[]).includes(name.toLowerCase()),
  );
  if (reserved === undefined) return;
  throw new TelemetryError(
    'ERR_OPTION',
    `"remoteWrite.headers" has "${reserved}", which is the protocol's own; leave it out.`,
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
