import type { Signal } from '../export/signal.ts';
import type { EnvironmentReader } from './environment-reader.ts';

/** An exporter that is asked for, as plain data: whoever starts telemetry makes it. */
export type ExporterConfig =
  | { readonly type: 'prometheus'; readonly config: { readonly host: string; readonly port: number } }
  | {
      readonly type: 'console';
      readonly config: {
        /** What it is to print, of what it can. */
        readonly signals: readonly Signal[];
        /** Seconds; its own default where this is missing. */
        readonly interval?: Readonly<Partial<Record<Signal, number>>>;
      };
    };

/** "Prometheus Exporter" in OpenTelemetry's "Environment Variable Specification". */
const PROMETHEUS_HOST = 'localhost';
const PROMETHEUS_PORT = 9464;
/** The longest that Node's timers can wait (https://nodejs.org/api/timers.html). */
const LONGEST_MS = 2 ** 31 - 1;

/** The exporters that the environment asks for; metrics are served to Prometheus where it asks for none. */
export function readExporters(reader: EnvironmentReader): ExporterConfig[] {
  const metrics = reader.words('OTEL_METRICS_EXPORTER', ['prometheus', 'console'], explain);
  const traces = reader.words('OTEL_TRACES_EXPORTER', ['console'], explain) ?? [];
  const port =
    reader.count('TELLTALE_PROMETHEUS_PORT', 0, 65_535) ?? reader.count('OTEL_EXPORTER_PROMETHEUS_PORT', 0, 65_535);
  const host = reader.text('OTEL_EXPORTER_PROMETHEUS_HOST') ?? PROMETHEUS_HOST;
  const interval = reader.count('OTEL_METRIC_EXPORT_INTERVAL', 1, LONGEST_MS);
  if (metrics === undefined) warnOfOtlp(reader);

  const wanted = metrics ?? ['prometheus'];
  const signals: Signal[] = [
    ...(wanted.includes('console') ? (['metrics'] as const) : []),
    ...(traces.length > 0 ? (['spans'] as const) : []),
  ];
  return [
    ...(wanted.includes('prometheus')
      ? [{ type: 'prometheus' as const, config: { host, port: port ?? PROMETHEUS_PORT } }]
      : []),
    ...(signals.length > 0
      ? [
          {
            type: 'console' as const,
            config: { signals, ...(interval !== undefined && { interval: { metrics: interval / 1000 } }) },
          },
        ]
      : []),
  ];
}

function explain(word: string): string {
  return word === 'otlp' ? ' OTLP is set up in code, by otlp() of @telltale/exporter-otlp.' : '';
}

/** By OpenTelemetry's rules OTLP is the default, so an endpoint is all that people set. */
function warnOfOtlp(reader: EnvironmentReader): void {
  const name = reader.names('OTEL_EXPORTER_OTLP_').find((one) => one.endsWith('ENDPOINT'));
  if (name === undefined) return;
  reader.warn(
    name,
    'OTLP is set up in code, by otlp() of @telltale/exporter-otlp: metrics are served to Prometheus instead.',
  );
}
