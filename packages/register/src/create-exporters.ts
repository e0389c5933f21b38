import { isMainThread } from 'node:worker_threads';
import { consoleExporter, type Exporter, TelemetryError } from '@telltale/core';
import type { ExporterConfig } from '@telltale/core/config';
import { prometheus } from '@telltale/exporter-prometheus';

type Console = Extract<ExporterConfig, { type: 'console' }>['config'];
type Prometheus = Extract<ExporterConfig, { type: 'prometheus' }>['config'];

/** Makes the exporters that the configuration asks for, and tells once, when they run, where everything goes to. */
export function createExporters(configs: readonly ExporterConfig[], tell: (where: string) => void): Exporter[] {
  const printed = configs.flatMap((config) => (config.type === 'console' ? config.config.signals : []));
  const others = printed.length === 0 ? [] : [`${printed.join(' and ')} on standard output`];
  const served = isMainThread ? configs.find((config) => config.type === 'prometheus') : undefined;
  if (served === undefined) tell(others[0] ?? 'nothing is exported');
  return [
    ...(served ? [createPrometheus(served.config, (url) => tell([`metrics at ${url}`, ...others].join(', ')))] : []),
    ...configs.flatMap((config) => (config.type === 'console' ? [createConsole(config.config)] : [])),
  ];
}

function createPrometheus({ host, port }: Prometheus, tell: (url: string) => void): Exporter {
  const exporter = prometheus({ host, port });
  const { start } = exporter;
  return Object.assign(exporter, {
    async start(...args: Parameters<NonNullable<typeof start>>): Promise<void> {
      try {
        await start?.(...args);
      } catch (error) {
        throw explain(error, host, port);
      }
      tell(`http://${host.includes(':') ? `[${host}]` : host}:${exporter.address?.port}/metrics`);
    },
  });
}

/** The mend in terms of the environment. */
function explain(error: unknown, host: string, port: number): unknown {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  if (cause?.code !== 'EADDRINUSE') return error;
  return new TelemetryError(
    'ERR_EXPORTER',
    `port ${port} of ${host} is taken, so process ${process.pid} is observed but serves no metrics; give each process a port of its own with TELLTALE_PROMETHEUS_PORT, 0 for any that is free`,
    { cause },
  );
}

function createConsole({ signals, interval }: Console): Exporter {
  const exporter = consoleExporter(interval === undefined ? {} : { interval });
  const { exportMetrics, exportSpans } = exporter;
  return {
    name: exporter.name,
    ...(exporter.interval !== undefined && { interval: exporter.interval }),
    ...(signals.includes('metrics') && exportMetrics && { exportMetrics }),
    ...(signals.includes('spans') && exportSpans && { exportSpans }),
  };
}
