import type {
  AttributeValue,
  CardinalityOptions,
  MetricsOptions,
  OperationKind,
  PropagatorName,
  RuntimeOptions,
  SamplingOptions,
  ShutdownOptions,
  Signal,
  SpanLimits,
  View,
  ViewAggregation,
  ViewAggregationType,
} from '@telltale/core';

/** What a file of configuration says, and what `defineConfig` takes. Everything is optional. */
export interface TelltaleConfig {
  /** For editors; `./node_modules/@telltale/config/schema.json`. */
  readonly $schema?: string;
  /** Switches everything off: nothing is exported, and spans are off. */
  readonly disabled?: boolean;
  /** What is said on standard error: nothing, warnings, or also what was started. Default `info`. */
  readonly logLevel?: LogLevel;
  readonly service?: ServiceConfig;
  /** On every series, span and event. */
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Where the process asks where it runs; default none. */
  readonly resourceDetectors?: readonly ResourceDetectorName[];
  /** Switches signals off. */
  readonly signals?: Readonly<Partial<Record<Signal, boolean>>>;
  readonly operations?: { readonly disable?: readonly OperationKind[] };
  readonly sampling?: SamplingOptions;
  readonly spanLimits?: Partial<SpanLimits>;
  readonly cardinality?: CardinalityOptions;
  readonly metrics?: MetricsConfig;
  /** Headers that carry the trace; `[]` for none. */
  readonly propagators?: readonly PropagatorName[];
  /** Metrics of event loop, garbage collection, process and machine. */
  readonly runtime?: boolean | RuntimeOptions;
  readonly shutdown?: ShutdownOptions;
  /** Seconds between exports, of exporters that do not say their own. */
  readonly interval?: IntervalConfig;
  /** The live page, by `@telltale/dashboard`; `true` for one at its usual place. */
  readonly dashboard?: boolean | DashboardConfig;
  readonly exporters?: readonly ExporterEntry[];
}

export type LogLevel = 'none' | 'warn' | 'info';
export type ResourceDetectorName = 'aws' | 'google_cloud' | 'azure' | 'host' | 'process';

/** Which service it is. */
export interface ServiceConfig {
  /** Default: the name in package.json. */
  readonly name?: string;
  readonly version?: string;
  readonly environment?: string;
  readonly namespace?: string;
  readonly instanceId?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

/** Core's, as far as it is data. */
interface MetricsConfig extends Omit<MetricsOptions, 'views'> {
  readonly views?: readonly ViewConfig[];
}

interface ViewConfig extends Omit<View, 'attributesProcessors' | 'exemplarReservoir' | 'aggregation'> {
  /** By name only: the SDK's numbers are for code. */
  readonly aggregation?: Omit<ViewAggregation, 'type'> & { readonly type: ViewAggregationType };
}

/** Seconds between exports: for all signals, or for each. */
export type IntervalConfig = number | Readonly<Partial<Record<Signal, number>>>;

export interface DashboardConfig {
  /** Default 9465; 0 for any that is free. */
  readonly port?: number;
  /** Default: this machine only. */
  readonly host?: string;
  /** Where the page is; default `/`. */
  readonly path?: string;
  /** What those must know who do not ask from this machine; `false` for none. */
  readonly token?: string | false;
  readonly title?: string;
  readonly maxRows?: number;
  readonly history?: boolean;
  readonly slowerThan?: number;
}

/** One exporter: which, and what it is told. The shape is that of `exporterEntry` in integrations/. */
export interface ExporterEntry {
  /** See the README's table: `prometheus`, `otlp`, `aws_cloudwatch`, … */
  readonly type: string;
  /** Default: the type. Unique. */
  readonly name?: string;
  readonly enabled?: boolean;
  /** The options of its own. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly metrics?: {
    readonly include?: readonly string[];
    readonly exclude?: readonly string[];
    readonly prefix?: string;
  };
  /** Only series, spans and events that have one of these values. */
  readonly attributes?: Readonly<Record<string, readonly AttributeValue[]>>;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly signals?: readonly Signal[];
  readonly sampling?: SamplingOptions;
  readonly interval?: IntervalConfig;
  readonly timeout?: number;
  readonly rateLimit?: number;
  readonly adaptiveInterval?: { readonly max: number };
  readonly circuitBreaker?: { readonly failures?: number; readonly pause?: number } | false;
  readonly budget?: {
    readonly perMonth: number;
    readonly prices?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  };
  readonly spool?: { readonly directory: string; readonly maxBytes?: number };
  readonly tenants?: {
    readonly attribute: string;
    readonly names: readonly (string | number)[];
    readonly rest?: boolean;
  };
}
