import type { Exportable, ExportContext, Exporter, ExportResult, Metric } from '@telltale/core';
import { exporterOf, type Parcel, perResource, sendParcels } from '@telltale/exporter-kit';
import { type AzureMonitorOptions, settingsOf } from './azure-monitor-options.ts';
import { type Envelope, type EnvelopeSettings, envelopeText, resourceTags } from './envelope.ts';
import { eventEnvelope } from './event-envelope.ts';
import { MAX_ITEMS, MAX_REQUEST_BYTES } from './limits.ts';
import { metricEnvelopes } from './metric-envelopes.ts';
import { spanEnvelopes } from './span-envelopes.ts';
import type { Load } from './track-answer.ts';
import { TrackClient } from './track-client.ts';

/** The service knows no identity of items: a second copy would be counted a second time. */
const WHEN_UNKNOWN = 'give-up';

/**
 * Sends metrics, spans and events to Application Insights, by its own protocol. Throws `ERR_OPTION` when it is not known where to, or an option cannot be.
 */
export function azureMonitor(options: AzureMonitorOptions = {}): Exporter {
  const { connection, tokens, resourceAttributes, buckets, start } = settingsOf(options);
  const settings: EnvelopeSettings = {
    instrumentationKey: connection.instrumentationKey,
    resourceAttributes,
    buckets,
  };
  const client = new TrackClient(connection, tokens);
  const tagsOf = perResource(resourceTags);

  const deliver = async (
    items: Iterable<readonly [Exportable, () => readonly Envelope[]]>,
    context: ExportContext,
    firstDecides: boolean,
  ): Promise<ExportResult> => {
    context.signal.throwIfAborted();
    const parcels: Parcel<Load>[] = [];
    const nothingToSend: Exportable[] = [];
    for (const [item, envelopesOf] of items) {
      const payload = client.load(item, envelopesOf().map(envelopeText), firstDecides);
      if (payload.envelopes.length === 0) nothingToSend.push(item);
      else parcels.push({ payload, items: [item] });
    }
    context.accepted(nothingToSend);
    const result = await sendParcels(parcels, {
      context,
      maxWeight: MAX_ITEMS,
      weigh: ({ envelopes }) => envelopes.length,
      maxBytes: MAX_REQUEST_BYTES,
      measure: ({ envelopes }) => envelopes.reduce((sum, { text }) => sum + Buffer.byteLength(text) + 1, 0),
      encode: (loads) => `[${loads.flatMap(({ envelopes }) => envelopes.map(({ text }) => text)).join(',')}]`,
      send: (body, loads) => client.send(body, loads, context),
      whenUnknown: WHEN_UNKNOWN,
    });
    return { ...result, accepted: result.accepted + nothingToSend.length };
  };

  return exporterOf('azureMonitor', options, {
    name: 'azure-monitor',
    backend: 'azure-monitor',
    temporality: 'delta',
    whenUnknown: WHEN_UNKNOWN,
    start,
    exportMetrics: ({ metrics }, context) => {
      const items = pointsOf(metrics).map(
        ([metric, point]) => [point, () => metricEnvelopes(settings, metric, point, tagsOf(metric.resource))] as const,
      );
      return deliver(items, context, true);
    },
    exportSpans: (spans, context) => {
      const items = spans.map((span) => [span, () => spanEnvelopes(settings, span, tagsOf(span.resource))] as const);
      return deliver(items, context, false);
    },
    exportEvents: (events, context) => {
      const items = events.map(
        (event) => [event, () => [eventEnvelope(settings, event, tagsOf(event.resource))]] as const,
      );
      return deliver(items, context, true);
    },
    shutdown: async () => client.close(),
  });
}

function pointsOf(metrics: readonly Metric[]): readonly (readonly [Metric, Metric['points'][number]])[] {
  return metrics.flatMap((metric) => metric.points.map((point) => [metric, point] as const));
}
