import type { ExportContext, Exporter, ExportResult, MetricsSnapshot, OperationEvent, Point } from '@telltale/core';
import { exporterOf, sendParcels } from '@telltale/exporter-kit';
import { otlpFor } from '@telltale/exporter-otlp';
import { type DatadogOptions, type DatadogSettings, datadogSettings } from './datadog-options.ts';
import { Intake } from './intake.ts';
import { logRecords } from './log-records.ts';
import { type DistributionPart, type SeriesPayload, SeriesPayloads } from './series-payload.ts';

/**
 * Limits of https://docs.datadoghq.com/api/latest/metrics/#submit-metrics: 512,000 bytes, 5,242,880 decompressed. This many compress to a quarter of
 * the first at worst; if not, the answer 413 has them halved.
 */
const SERIES_BYTES = 2_000_000;
/** Distribution points may have 3,200,000 bytes, 62,914,560 decompressed; this much is held in memory at once. */
const DISTRIBUTION_BYTES = 8_000_000;
/** Limits of https://docs.datadoghq.com/api/latest/logs/#send-logs, without compression. */
const LOGS_BYTES = 5_000_000;
const MAX_LOGS = 1000;
/** Limit of the OTLP intake of traces, https://docs.datadoghq.com/opentelemetry/setup/otlp_ingest/traces/. */
const TRACES_BYTES = 3_200_000;

/**
 * Values of distributions add up to those that are there already, whatever their time, and a log that comes twice is there twice. Series and spans
 * do no harm, but a spooled batch of metrics may have distributions in it.
 */
const WHEN_UNKNOWN = { metrics: 'give-up', spans: 'again', events: 'give-up' } as const;

/** Sends metrics and events (as logs) to Datadog without an agent; spans, too, by option. Throws `ERR_OPTION` for options that cannot be. */
export function datadog(options: DatadogOptions = {}): Exporter {
  const settings = datadogSettings(options);
  const intake = new Intake(settings.apiKey);
  const payloads = new SeriesPayloads(settings);
  const spans = settings.spans ? spansExporter(settings) : undefined;
  return exporterOf('datadog', options, {
    name: 'datadog',
    backend: 'datadog',
    temporality: 'delta',
    whenUnknown: WHEN_UNKNOWN,
    exportMetrics: async (snapshot, context) => sendMetrics(payloads, snapshot, settings, intake, context),
    exportEvents: async (events, context) => sendEvents(events, settings, intake, context),
    ...(spans?.exportSpans !== undefined && { exportSpans: spans.exportSpans.bind(spans) }),
    shutdown: async () => {
      intake.close();
      await spans?.shutdown?.();
    },
  });
}

async function sendMetrics(
  payloads: SeriesPayloads,
  snapshot: MetricsSnapshot,
  { urls }: DatadogSettings,
  intake: Intake,
  given: ExportContext,
): Promise<ExportResult> {
  const context: ExportContext = {
    ...given,
    accepted: (items) => {
      const points = [...items] as readonly Point[];
      payloads.acknowledge(points);
      given.accepted(points);
    },
  };
  context.signal.throwIfAborted();
  const { series, distributions, silent } = payloads.payload(snapshot);
  context.accepted(silent);
  const first = await sendParcels(series, {
    context,
    maxWeight: SERIES_BYTES,
    weigh: (rows) => rows.reduce((bytes, row) => bytes + Buffer.byteLength(row) + 1, 0),
    encode: (rows) => `{"series":[${rows.flat().join(',')}]}`,
    send: (body) => intake.post(urls.series, body, 'gzip', context),
    // A point that comes again has the same time and replaces the one that may be there.
    whenUnknown: 'again',
  });
  const second = await sendDistributions(distributions, urls.distributions, intake, context);
  const reason = first.reason ?? second.reason;
  return {
    accepted: silent.length + first.accepted + second.accepted,
    rejected: first.rejected + second.rejected,
    ...(reason !== undefined && { reason }),
  };
}

/** Points that are sent in parts: when a part fails whose first parts are there, sending the point again would count those twice. */
async function sendDistributions(
  parcels: SeriesPayload['distributions'],
  url: URL,
  intake: Intake,
  context: ExportContext,
): Promise<ExportResult> {
  const begun = new Set<Point>();
  try {
    return await sendParcels<DistributionPart, string>(parcels, {
      context,
      maxWeight: DISTRIBUTION_BYTES,
      weigh: ({ json }) => Buffer.byteLength(json) + 1,
      encode: (parts) => `{"series":[${parts.map(({ json }) => json).join(',')}]}`,
      send: async (body, parts) => {
        const answer = await intake.post(url, body, 'deflate', context);
        for (const { point, last } of parts) {
          // Which of them Datadog refused, it does not say: none is sent again.
          if (last && answer.refusedCount === undefined) begun.delete(point);
          else begun.add(point);
        }
        return answer;
      },
      whenUnknown: WHEN_UNKNOWN.metrics,
    });
  } catch (error) {
    if (begun.size > 0) context.unknown?.(begun, WHEN_UNKNOWN.metrics);
    throw error;
  }
}

function sendEvents(
  events: readonly OperationEvent[],
  settings: DatadogSettings,
  intake: Intake,
  context: ExportContext,
): Promise<ExportResult> {
  return sendParcels(logRecords(events, settings), {
    context,
    maxWeight: MAX_LOGS,
    maxBytes: LOGS_BYTES,
    encode: (records) => `[${records.join(',')}]`,
    send: (body) => intake.post(settings.urls.logs, body, 'gzip', context),
    whenUnknown: WHEN_UNKNOWN.events,
  });
}

function spansExporter({ apiKey, urls }: DatadogSettings): Exporter {
  return otlpFor('datadog', {
    url: { spans: urls.traces.href },
    headers: { 'dd-api-key': apiKey },
    limits: { bytes: TRACES_BYTES },
    credentials: 'check the API key and `site`',
  });
}
