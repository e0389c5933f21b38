import { isMainThread } from 'node:worker_threads';
import { type ConfigSource, type ConfiguredExporter, configuredExporters } from '@telltale/config';

/** What is configured for this thread. */
export interface SourceHere {
  readonly source: ConfigSource;
  readonly exporters: readonly ConfiguredExporter[];
}

/** Metrics are served to Prometheus where nothing configures an exporter for them. A worker thread cannot serve on the port that its process serves on. */
export function sourceHere(source: ConfigSource): SourceHere {
  const asked = configuredExporters(source);
  if (!isMainThread) return withoutServed(source, asked);
  const isSaid = source.env?.OTEL_METRICS_EXPORTER?.trim() ? true : asked.some(({ isOfFile }) => isOfFile);
  if (isSaid || asked.some(({ signals }) => signals.includes('metrics'))) return { source, exporters: asked };
  return withMetricsTo(source, 'prometheus');
}

function withoutServed(source: ConfigSource, asked: readonly ConfiguredExporter[]): SourceHere {
  const exporters = asked.filter(({ isServed }) => !isServed);
  if (exporters.length === asked.length) return { source, exporters };
  const types = exporters.filter(({ signals }) => signals.includes('metrics')).map(({ type }) => type);
  return { ...withMetricsTo(source, types.length === 0 ? 'none' : types.join(',')), exporters };
}

/** As if the environment had said so: then the variables of the type count, too. */
function withMetricsTo(source: ConfigSource, types: string): SourceHere {
  const changed = { ...source, env: { ...source.env, OTEL_METRICS_EXPORTER: types } };
  return { source: changed, exporters: configuredExporters(changed) };
}
