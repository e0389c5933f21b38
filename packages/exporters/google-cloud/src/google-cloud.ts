import type { Exporter, MetricsSnapshot } from '@telltale/core';
import { exporterOf } from '@telltale/exporter-kit';
import { Authorization } from './authorization.ts';
import type { GoogleCloudOptions } from './google-cloud-options.ts';
import { MetricWriter } from './metric-writer.ts';
import { settingsOf } from './settings.ts';
import { traceExporter } from './traces.ts';

/** Metrics into Cloud Monitoring, spans into Cloud Trace. Throws `ERR_OPTION` for options that cannot be. */
export function googleCloud(options: GoogleCloudOptions = {}): Exporter {
  const settings = settingsOf(options);
  const { projectId } = settings;
  const authorization = new Authorization(projectId === undefined ? options : { ...options, projectId });
  const metrics = new MetricWriter(settings, authorization);
  const traces = traceExporter(settings, authorization);
  return exporterOf('googleCloud', options, {
    name: 'google-cloud',
    backend: 'google-cloud',
    temporality: 'cumulative',
    async start() {
      if (options.getAccessToken === undefined) await authorization.library();
      await authorization.projectId();
    },
    exportMetrics: (snapshot: MetricsSnapshot, context) => metrics.write(snapshot, context),
    exportSpans: (spans, context) => traces.exportSpans(spans, context),
    async shutdown() {
      metrics.close();
      await traces.shutdown();
    },
  });
}
