import type { ExportContext, Exporter, ExportResult, Signal } from '@telltale/core';
import { exporterOf, type Parcel, sendParcels } from '@telltale/exporter-kit';
import { encodeLogs } from './encode-logs.ts';
import { encodeMetrics } from './encode-metrics.ts';
import { encodeTraces } from './encode-traces.ts';
import { GrpcSender } from './grpc-sender.ts';
import { HttpSender } from './http-sender.ts';
import { jsonLogs } from './json-logs.ts';
import { jsonMetrics } from './json-metrics.ts';
import { jsonTraces } from './json-traces.ts';
import { metricParcels, metricsOf, type SentPoint } from './metric-parcels.ts';
import type { OtlpOptions } from './otlp-options.ts';
import { type OtlpSettings, otlpSettings } from './otlp-settings.ts';
import type { Sender } from './sender.ts';

/** A cumulative point that comes twice is the same point; a difference is added up. */
const WHEN_UNKNOWN = {
  cumulative: { metrics: 'again', spans: 'again', events: 'again' },
  delta: { metrics: 'give-up', spans: 'again', events: 'again' },
} as const;

/**
 * Sends metrics, spans and events (as log records) to whatever takes OTLP: a collector, or a vendor. Throws `ERR_OPTION` for options that cannot be;
 * with gRPC, `start` rejects while `@grpc/grpc-js` is missing.
 */
export function otlp(options: OtlpOptions = {}): Exporter {
  return otlpFor('otlp', options);
}

/**
 * `otlp()` for a package that builds on it: `maker` is the function its users call, which errors name, and the name of the exporter unless
 * `options.name` says another. Its own options must have been taken out of `options`.
 */
export function otlpFor(maker: string, options: OtlpOptions): Exporter {
  const settings = otlpSettings(maker, options);
  const { limits, protocol, temporality, urls } = settings;
  const sender: Sender = protocol === 'grpc' ? new GrpcSender(maker, settings) : new HttpSender(maker, settings);
  const json = protocol === 'http/json';

  const whenUnknown = WHEN_UNKNOWN[temporality];

  const exporter: Exporter = {
    name: maker,
    backend: options.backend ?? 'otlp',
    temporality,
    whenUnknown,
    ...(sender.start !== undefined && { start: () => sender.start?.() }),
    async exportMetrics({ metrics }, context) {
      const { parcels, silent } = metricParcels(metrics, options);
      const result = await ship(sender, 'metrics', limits, context, parcels, {
        whenUnknown: whenUnknown.metrics,
        weigh: (points: readonly SentPoint[]) => points.length,
        encode: (payloads) => (json ? jsonMetrics : encodeMetrics)(metricsOf(payloads), options),
      });
      return { ...result, accepted: result.accepted + silent };
    },
    exportSpans: (spans, context) =>
      ship(sender, 'spans', limits, context, spans.map(asParcel), {
        whenUnknown: whenUnknown.spans,
        encode: (payloads) => (json ? jsonTraces : encodeTraces)(payloads, options),
      }),
    exportEvents: (events, context) =>
      ship(sender, 'events', limits, context, events.map(asParcel), {
        whenUnknown: whenUnknown.events,
        encode: (payloads) => (json ? jsonLogs : encodeLogs)(payloads, options),
      }),
    shutdown: async () => sender.close(),
  };
  if (urls.metrics === undefined) delete exporter.exportMetrics;
  if (urls.spans === undefined) delete exporter.exportSpans;
  if (urls.events === undefined) delete exporter.exportEvents;
  return exporterOf(maker, options, exporter);
}

function ship<T>(
  sender: Sender,
  signal: Signal,
  limits: OtlpSettings['limits'],
  context: ExportContext,
  parcels: readonly Parcel<T>[],
  how: {
    readonly whenUnknown: 'again' | 'give-up';
    readonly weigh?: (payload: T) => number;
    readonly encode: (payloads: readonly T[]) => string | Uint8Array;
  },
): Promise<ExportResult> {
  return sendParcels(parcels, {
    ...how,
    context,
    maxWeight: limits[signal].items,
    maxBytes: limits[signal].bytes,
    send: (body) => sender.send(signal, body, context),
  });
}

function asParcel<T extends Parcel<T>['items'][number]>(item: T): Parcel<T> {
  return { payload: item, items: [item] };
}
