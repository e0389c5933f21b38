import type { Signal } from '@telltale/core';
import { onlySet } from '../only-set.ts';
import type { EnvironmentReader } from './environment-reader.ts';
import type { VariableName } from './environment-variables.ts';
import { signalsOfType, typesTaking } from './exporter-types.ts';
import { type OtlpOrders, readOtlpOrders } from './otlp-orders.ts';

/** What the environment says of exporters, whoever configures them: `exportersWith` does as they say. */
export interface ExporterOrders {
  /** By `OTEL_…_EXPORTER`: the types that are to take a signal, none for `none`; a signal whose variable is not set is missing. */
  readonly exporters: Readonly<Partial<Record<Signal, readonly string[]>>>;
  /** What other variables let expect where nobody configures an exporter: OTLP where it has an endpoint, Prometheus where it has a port of ours. */
  readonly implied: Readonly<Partial<Record<Signal, readonly string[]>>>;
  /** Stronger than `config` of each entry of the type. Those of OTLP are in `otlp`. */
  readonly overrides: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly otlp: Readonly<Record<Signal, OtlpOrders>>;
  /** Seconds between exports; stronger than those of entries. */
  readonly interval: Readonly<Partial<Record<Signal, number>>>;
  /** Seconds that an export of metrics may take. */
  readonly metricsTimeout?: number;
}

const NAMED = {
  metrics: 'OTEL_METRICS_EXPORTER',
  spans: 'OTEL_TRACES_EXPORTER',
  events: 'OTEL_LOGS_EXPORTER',
} as const satisfies Readonly<Record<Signal, VariableName>>;

export function readExporterOrders(reader: EnvironmentReader, readFile: (path: string) => string): ExporterOrders {
  const otlp = readOtlpOrders(reader, readFile);
  const port = reader.port('TELLTALE_PROMETHEUS_PORT');
  const prometheus = onlySet({
    host: reader.text('TELLTALE_PROMETHEUS_HOST') ?? reader.text('OTEL_EXPORTER_PROMETHEUS_HOST'),
    port: port ?? reader.port('OTEL_EXPORTER_PROMETHEUS_PORT'),
  });
  const zipkin = onlySet({ url: reader.url('OTEL_EXPORTER_ZIPKIN_ENDPOINT') });
  const timeout = reader.seconds('OTEL_METRIC_EXPORT_TIMEOUT');
  return {
    exporters: onlySet({
      metrics: named(reader, 'metrics'),
      spans: named(reader, 'spans'),
      events: named(reader, 'events'),
    }),
    implied: onlySet({
      metrics: port !== undefined ? ['prometheus'] : hasEndpoint(otlp.metrics) ? ['otlp'] : undefined,
      spans: hasEndpoint(otlp.spans) ? ['otlp'] : undefined,
      // As logs they can cost more than all the rest: the endpoint of all signals is not yet a wish for them.
      events: otlp.events.url !== undefined ? ['otlp'] : undefined,
    }),
    overrides: {
      ...(Object.keys(prometheus).length > 0 && { prometheus }),
      ...(Object.keys(zipkin).length > 0 && { zipkin }),
    },
    otlp,
    interval: onlySet({
      metrics: reader.seconds('OTEL_METRIC_EXPORT_INTERVAL'),
      spans: reader.seconds('OTEL_BSP_SCHEDULE_DELAY'),
      events: reader.seconds('OTEL_BLRP_SCHEDULE_DELAY'),
    }),
    ...(timeout !== undefined && { metricsTimeout: timeout }),
  };
}

function named(reader: EnvironmentReader, signal: Signal): readonly string[] | undefined {
  const words = reader.words(NAMED[signal], typesTaking(signal), (word) => takenBy(word, signal));
  // Where only unknown ones are named, those of the file are better than none.
  return words?.length === 0 && !reader.isNone(NAMED[signal]) ? undefined : words;
}

/** For a type that takes other signals than this one. */
function takenBy(type: string, signal: Signal): string {
  const signals = signalsOfType(type);
  return signals === undefined ? '' : ` It takes ${signals.join(' and ')}, and no ${signal}.`;
}

function hasEndpoint({ url, base }: OtlpOrders): boolean {
  return url !== undefined || base !== undefined;
}
