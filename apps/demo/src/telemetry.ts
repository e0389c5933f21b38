import { consoleExporter, createTelemetry, type Telemetry } from '@telltale/core';
import { type PrometheusExporter, prometheus } from '@telltale/exporter-prometheus';
import { gather } from '@telltale/gather';
import { type Deliveries, deliveries } from './deliveries.ts';
import { SHOP } from './service.ts';
import { type RecentTraces, recentTraces } from './traces.ts';

/** The shop's telemetry and the exporters that it asks for something later. */
export interface ShopTelemetry {
  readonly telemetry: Telemetry;
  readonly metrics: PrometheusExporter;
  readonly traces: RecentTraces;
  readonly delivered: Deliveries;
}

/** `onProblem` hears of what goes wrong with telemetry itself. */
export function createShopTelemetry(printOperations: boolean, onProblem: (message: string) => void): ShopTelemetry {
  const metrics = prometheus();
  const traces = recentTraces();
  const delivered = deliveries();
  const telemetry = createTelemetry({
    service: SHOP,
    exporters: [metrics, traces, delivered, ...(printOperations ? [consoleExporter()] : [])],
    // What threads and child processes record comes to this one: see part-telemetry.ts.
    gather: gather(),
    // main.ts listens for SIGTERM and SIGINT itself: it has more to close than telemetry.
    shutdown: { signals: false },
    onError: (error, exporter) => {
      // That exporter refuses batches on purpose.
      if (exporter !== delivered.name) onProblem(error.message);
    },
  });
  return { telemetry, metrics, traces, delivered };
}
