import type { ExportContext, Exporter, ExportResult } from '@telltale/core';
import { exporterOf, HttpClient, sendParcels } from '@telltale/exporter-kit';
import { operationRecord, spanRecord } from './event-records.ts';
import { hecVerdict } from './hec-answer.ts';
import { type CountingBases, converse } from './hec-conversation.ts';
import type { HecRecord } from './hec-record.ts';
import { metricRecords } from './metric-records.ts';
import { NameSpeller } from './name-speller.ts';
import { type Settings, settingsOf } from './settings.ts';
import type { SplunkOptions } from './splunk-options.ts';

/** Events in a request. */
const MAX_EVENTS = 1000;
/** Splunk Cloud takes 1 MB before compression; Splunk Enterprise more (max_content_length in limits.conf). */
const MAX_BYTES = 1_000_000;
/** What Splunk makes itself of every event. */
const RESERVED = [
  'host',
  'source',
  'sourcetype',
  'index',
  'time',
  'metric_name',
  'le',
  'duplicate',
  'linecount',
  'punct',
  'splunk_server',
  'timestamp',
  'eventtype',
];

/** What is there twice is counted twice; of spans it can be told by their ids. */
const WHEN_UNKNOWN = { metrics: 'give-up', spans: 'again', events: 'give-up' } as const;

/** Metrics, spans and events into Splunk, by its HTTP Event Collector. Throws `ERR_OPTION` for options that cannot be. */
export function splunk(options: SplunkOptions = {}): Exporter {
  const settings = settingsOf(options);
  const collector = new Collector(settings);
  const spelling = { metrics: new NameSpeller([]), dimensions: new NameSpeller(RESERVED) };
  return exporterOf('splunk', options, {
    name: 'splunk',
    backend: 'splunk',
    temporality: 'delta',
    whenUnknown: WHEN_UNKNOWN,
    async exportMetrics(snapshot, context) {
      context.signal.throwIfAborted();
      const { records, nothing, refused } = metricRecords(snapshot, settings, spelling);
      context.accepted(nothing);
      for (const { point, reason } of refused) context.rejected?.([point], reason);
      const result = await collector.send(records, context, WHEN_UNKNOWN.metrics);
      const reason = result.reason ?? refused[0]?.reason;
      return {
        accepted: result.accepted + nothing.length,
        rejected: result.rejected + refused.length,
        ...(reason !== undefined && { reason }),
      };
    },
    exportSpans: (spans, context) =>
      collector.send(
        spans.map((span) => spanRecord(span, settings)),
        context,
        WHEN_UNKNOWN.spans,
      ),
    exportEvents: (events, context) =>
      collector.send(
        events.map((event) => operationRecord(event, settings)),
        context,
        WHEN_UNKNOWN.events,
      ),
    async shutdown() {
      collector.close();
    },
  });
}

class Collector {
  private readonly settings: Settings;
  private readonly http: HttpClient;
  private readonly bases: CountingBases = new Map();

  constructor(settings: Settings) {
    this.settings = settings;
    this.http = new HttpClient(settings.ca === undefined ? {} : { ca: settings.ca });
  }

  send(records: readonly HecRecord[], context: ExportContext, whenUnknown: 'again' | 'give-up'): Promise<ExportResult> {
    return sendParcels(
      records.map((payload) => ({ payload, items: payload.items })),
      {
        context,
        maxWeight: MAX_EVENTS,
        maxBytes: MAX_BYTES,
        encode: bodyOf,
        send: (body, payloads) =>
          converse({
            records: payloads,
            context,
            bases: this.bases,
            whenUnknown,
            post: (left) => this.post(left.length === payloads.length ? body : bodyOf(left), context),
          }),
        whenUnknown,
      },
    );
  }

  close(): void {
    this.http.close();
  }

  private async post(body: string, context: ExportContext) {
    const { url, token } = this.settings;
    const headers = { authorization: `Splunk ${token}`, 'content-type': 'application/json' };
    return hecVerdict(await this.http.send({ url, headers, body, gzip: true }, context));
  }
}

/** Events one after the other, with nothing between them but an end of line. */
function bodyOf(records: readonly HecRecord[]): string {
  return records.map(({ text }) => text).join('\n');
}
