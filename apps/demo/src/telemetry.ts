import { consoleExporter, createTelemetry, type Telemetry } from '@telltale/core';
import { otlp } from '@telltale/exporter-otlp';
import { type PrometheusExporter, prometheus } from '@telltale/exporter-prometheus';
import { gather } from '@telltale/gather';
import { exportersOf, type FleetAddresses } from '@telltale-internal/fleet';
import { type Deliveries, deliveries } from './deliveries.ts';
import { type InstrumentedSpans, instrumentedSpans } from './instrumented.ts';
import { SHOP } from './service.ts';
import { type RecentTraces, recentTraces } from './traces.ts';

/** The shop's telemetry and the exporters that it asks for something later. */
export interface ShopTelemetry {
  readonly telemetry: Telemetry;
  readonly metrics: PrometheusExporter;
  readonly traces: RecentTraces;
  readonly instrumented: InstrumentedSpans;
  readonly delivered: Deliveries;
}

/** Seconds between two exports: sooner than a service would, as the demo is short. */
const INTERVAL = { metrics: 10, spans: 2, events: 1 };

export interface ShopTelemetryOptions {
  /** Also print every operation as a line. */
  readonly console: boolean;
  /** Of a sidecar or a collector that gets everything, too. */
  readonly otlpUrl?: string | undefined;
  /** Of the backends that everything is sent to. */
  readonly addresses: FleetAddresses;
  /** Hears of what goes wrong with telemetry itself. */
  readonly onProblem: (message: string) => void;
}

export function createShopTelemetry(options: ShopTelemetryOptions): ShopTelemetry {
  const metrics = prometheus();
  const traces = recentTraces();
  const instrumented = instrumentedSpans();
  const delivered = deliveries();
  const telemetry = createTelemetry({
    service: SHOP,
    exporters: [
      metrics,
      traces,
      instrumented,
      delivered,
      ...exportersOf(options.addresses, () => ({ interval: INTERVAL })),
      ...(options.otlpUrl === undefined ? [] : [otlp({ name: 'collector', url: options.otlpUrl, interval: INTERVAL })]),
      ...(options.console ? [consoleExporter()] : []),
    ],
    // What threads and child processes record comes to this one: see part-telemetry.ts.
    gather: gather(),
    // Event loop, garbage collection, CPU, memory, network, disks.
    runtime: true,
    // main.ts listens for SIGTERM and SIGINT itself: it has more to close than telemetry.
    shutdown: { signals: false },
    onError: (error, exporter) => {
      // That exporter refuses batches on purpose.
      if (exporter !== delivered.name) options.onProblem(error.message);
    },
  });
  return { telemetry, metrics, traces, instrumented, delivered };
}
