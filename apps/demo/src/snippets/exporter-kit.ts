import type { Exporter, MetricsSnapshot } from '@telltale/core';
import {
  answerError,
  checkExporterOptions,
  type ExporterOptions,
  exporterOf,
  HttpClient,
  type Parcel,
  sendParcels,
} from '@telltale/exporter-kit';

export interface WarehouseOptions extends ExporterOptions {
  readonly url: string;
}

/** Counters as lines of JSON. */
export function warehouse(options: WarehouseOptions): Exporter {
  checkExporterOptions('warehouse', options, ['url']);
  const url = new URL(options.url);
  const http = new HttpClient();
  return exporterOf('warehouse', options, {
    name: 'warehouse',
    temporality: 'delta', // what came since the last export that arrived
    exportMetrics: (snapshot, context) =>
      sendParcels(parcelsOf(snapshot), {
        context,
        maxWeight: 500, // lines in one request
        whenUnknown: 'give-up', // a second copy would be counted twice
        encode: (lines) => lines.join('\n'),
        send: async (body) => {
          const headers = { 'content-type': 'application/jsonl' };
          const error = answerError(await http.send({ url, headers, body, gzip: true }, context));
          if (error !== undefined) throw error;
        },
      }),
    shutdown: async () => http.close(),
  });
}

function parcelsOf({ metrics }: MetricsSnapshot): readonly Parcel<string>[] {
  return metrics.flatMap((metric) => {
    if (metric.type !== 'counter') return [];
    return metric.points.map((point) => ({
      payload: JSON.stringify({ name: metric.name, ...point.attributes, value: point.value, time: point.time }),
      items: [point],
    }));
  });
}
