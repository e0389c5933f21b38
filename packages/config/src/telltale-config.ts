import type {
  AttributeValue,
  OperationKind,
  PropagatorName,
  RuntimeOptions,
  SamplingOptions,
  Signal,
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
  readonly spanLimits?: SpanLimitsConfig;
  readonly cardinality?: CardinalityConfig;
  readonly metrics?: MetricsConfig;
  /** Headers that carry the trace; `[]` for none. */
  readonly propagators?: readonly PropagatorName[];
  /** Metrics of event loop, garbage collection, process and machine. */
  readonly runtime?: boolean | RuntimeOptions;
  readonly shutdown?: ShutdownConfig;
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

interface SpanLimitsConfig {
  readonly attributes?: number;
  readonly eventAttributes?: number;
  readonly linkAttributes?: number;
  readonly events?: number;
  readonly links?: number;
  readonly attributeLength?: number;
}

interface CardinalityConfig {
  readonly perInstrument?: number;
  readonly total?: number;
  /** Seconds. */
  readonly expireAfter?: number;
}

interface MetricsConfig {
  readonly disable?: readonly string[];
  readonly rename?: Readonly<Record<string, string>>;
  readonly attributes?: Readonly<Record<string, AttributesConfig>>;
  readonly views?: readonly ViewConfig[];
  readonly exemplars?: 'trace_based' | 'always_on' | 'always_off';
}

interface AttributesConfig {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly rename?: Readonly<Record<string, string>>;
}

interface ViewConfig {
  readonly instrumentName?: string;
  readonly instrumentType?: string;
  readonly instrumentUnit?: string;
  readonly meterName?: string;
  readonly meterVersion?: string;
  readonly meterSchemaUrl?: string;
  readonly name?: string;
  readonly description?: string;
  readonly attributes?: AttributesConfig;
  readonly aggregation?: {
    readonly type: 'default' | 'drop' | 'sum' | 'lastValue' | 'histogram' | 'exponentialHistogram';
    readonly options?: {
      readonly boundaries?: readonly number[];
      readonly maxSize?: number;
      readonly recordMinMax?: boolean;
    };
  };
  readonly aggregationCardinalityLimit?: number;
}

interface ShutdownConfig {
  /** Seconds. */
  readonly timeout?: number;
  readonly signals?: readonly NodeJS.Signals[] | false;
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
