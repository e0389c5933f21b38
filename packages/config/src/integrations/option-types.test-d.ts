import type { ConsoleExporterOptions, DeliverySettings, Exporter, Signal } from '@telltale/core';
import type { DiskSpoolOptions } from '@telltale/disk-spool';
import type { AzureMonitorOptions } from '@telltale/exporter-azure-monitor';
import type { CloudWatchOptions, EmfOptions } from '@telltale/exporter-cloudwatch';
import type { CloudWatchLogsOptions } from '@telltale/exporter-cloudwatch-logs';
import type { DatadogOptions, DogstatsdOptions } from '@telltale/exporter-datadog';
import type { GoogleCloudOptions } from '@telltale/exporter-google-cloud';
import type { NewRelicOptions } from '@telltale/exporter-newrelic';
import type {
  DynatraceOptions,
  GrafanaCloudOptions,
  HoneycombOptions,
  JaegerOptions,
  LightstepOptions,
  OtlpOptions,
} from '@telltale/exporter-otlp';
import type { PrometheusOptions } from '@telltale/exporter-prometheus';
import type { RemoteWriteOptions } from '@telltale/exporter-prometheus/remote-write';
import type { SplunkOptions } from '@telltale/exporter-splunk';
import type { StatsdOptions } from '@telltale/exporter-statsd';
import type { XrayOptions } from '@telltale/exporter-xray';
import type { ZipkinOptions } from '@telltale/exporter-zipkin';
import type { z } from 'zod';
import type { deliverySchemas } from './delivery-schemas.ts';
import type { TypedExporterEntry } from './exporter-entry.ts';
import type { INTEGRATIONS, IntegrationType } from './integrations.ts';

// The definitions must not drift from the options that the makers have: what is missing, too much or of another type fails here, by name.

/** What an entry says beside `config`. */
type Common = keyof DeliverySettings | 'name' | 'interval' | 'timeout' | 'signals';
type Code = ((...given: never[]) => unknown) | Date;
type Plain<T> = T extends Code
  ? never
  : T extends object
    ? [keyof T] extends [never]
      ? Record<string, unknown>
      : { -readonly [K in keyof T]: Plain<T[K]> }
    : T;
/** What can be written of an option; nothing, where it is a function or something that has one. */
type Written<T> = Plain<Exclude<T, undefined>>;

/** The names of the options that differ. `InCode` can only be given in code, `Beside` is what is not in `config`. */
type Drift<
  Config extends z.ZodObject,
  Options,
  InCode extends Exclude<keyof Options, Beside>,
  Beside extends string = Common,
> =
  | Exclude<Exclude<keyof Options, Beside>, InCode | keyof Config['shape']>
  | Exclude<keyof z.input<Config>, Exclude<keyof Options, Beside | InCode>>
  | {
      [K in keyof Config['shape'] & keyof Options]: [
        Loose<Given<Config, K>>,
        Whole<Given<Config, K>>,
        Written<Options[K]>,
        MustBe<Options, K>,
      ] extends [
        Options[K],
        Whole<Exclude<Options[K], undefined>>,
        Written<z.input<Config>[K & keyof z.input<Config>]>,
        MustBe<z.input<Config>, K>,
      ]
        ? never
        : K;
    }[keyof Config['shape'] & keyof Options];

/** What an option is when it is there. */
type Given<Config extends z.ZodObject, K> = Exclude<z.output<Config>[K & keyof z.output<Config>], undefined>;

/** With all that may be missing, so that nothing is, however deep. */
type Whole<T> = T extends Code
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Whole<Item>[]
    : T extends object
      ? { [K in keyof T as [Written<T[K]>] extends [never] ? never : K]-?: Whole<Exclude<T[K], undefined>> }
      : T;

/** What zod makes `undefined` may only be missing. */
type Loose<T> = T extends object ? { [K in keyof T]: Exclude<Loose<T[K]>, undefined> } : T;

/** Whether it must be given. */
type MustBe<T, K> = K extends keyof T ? (Record<never, never> extends Pick<T, K> ? false : true) : never;

type ConfigOf<Type extends IntegrationType> = Extract<(typeof INTEGRATIONS)[number], { readonly type: Type }>['config'];

/** Each type with the options of its maker and those that are only in code. */
interface Makers {
  prometheus: Drift<ConfigOf<'prometheus'>, PrometheusOptions, 'merge', 'name'>;
  prometheus_remote_write: Drift<ConfigOf<'prometheus_remote_write'>, RemoteWriteOptions, never>;
  console: Drift<ConfigOf<'console'>, ConsoleExporterOptions, 'write', 'interval'>;
  otlp: Drift<ConfigOf<'otlp'>, OtlpOptions, 'authorize' | 'resource' | 'attributes' | 'metricName'>;
  grafana_cloud: Drift<ConfigOf<'grafana_cloud'>, GrafanaCloudOptions, 'resource'>;
  honeycomb: Drift<ConfigOf<'honeycomb'>, HoneycombOptions, 'resource'>;
  jaeger: Drift<ConfigOf<'jaeger'>, JaegerOptions, 'resource'>;
  lightstep: Drift<ConfigOf<'lightstep'>, LightstepOptions, 'resource'>;
  dynatrace: Drift<ConfigOf<'dynatrace'>, DynatraceOptions, 'resource'>;
  zipkin: Drift<ConfigOf<'zipkin'>, ZipkinOptions, never>;
  newrelic: Drift<ConfigOf<'newrelic'>, NewRelicOptions, 'resource'>;
  aws_cloudwatch: Drift<ConfigOf<'aws_cloudwatch'>, CloudWatchOptions, 'client'>;
  aws_cloudwatch_emf: Drift<ConfigOf<'aws_cloudwatch_emf'>, EmfOptions, 'write' | 'stream'>;
  aws_cloudwatch_logs: Drift<ConfigOf<'aws_cloudwatch_logs'>, CloudWatchLogsOptions, 'client'>;
  aws_xray: Drift<ConfigOf<'aws_xray'>, XrayOptions, 'client'>;
  azure_monitor: Drift<ConfigOf<'azure_monitor'>, AzureMonitorOptions, 'credential'>;
  google_cloud: Drift<ConfigOf<'google_cloud'>, GoogleCloudOptions, 'auth' | 'getAccessToken'>;
  datadog: Drift<ConfigOf<'datadog'>, DatadogOptions, never>;
  dogstatsd: Drift<ConfigOf<'dogstatsd'>, DogstatsdOptions, never>;
  statsd: Drift<ConfigOf<'statsd'>, StatsdOptions, never>;
  splunk: Drift<ConfigOf<'splunk'>, SplunkOptions, never>;
}

/** Every type is above, and none drifts. */
type NoneDrifts = { readonly [Type in IntegrationType]: never };
declare const makers: Makers;
makers satisfies NoneDrifts;

// What is beside `config` is all that every exporter takes, but for functions.
type DeliveryInEntry = Exclude<keyof DeliverySettings, 'publishWhen' | 'filter' | 'prefix'>;
type Beside = Exclude<keyof typeof deliverySchemas, 'metrics' | 'attributes' | 'interval' | 'timeout'>;
declare const missing: Exclude<DeliveryInEntry, Beside> | Exclude<Beside, DeliveryInEntry>;
missing satisfies never;

declare const entry: TypedExporterEntry;
type Present<T> = Plain<Exclude<T, undefined>>;
type Same<Given, Wanted> = [Present<Given>, Present<Wanted>] extends [Present<Wanted>, Present<Given>] ? never : Given;
declare const wrong: {
  sampling: Same<Loose<typeof entry.sampling>, DeliverySettings['sampling']>;
  rateLimit: Same<typeof entry.rateLimit, DeliverySettings['rateLimit']>;
  adaptiveInterval: Same<typeof entry.adaptiveInterval, DeliverySettings['adaptiveInterval']>;
  circuitBreaker: Same<Loose<typeof entry.circuitBreaker>, DeliverySettings['circuitBreaker']>;
  budget: Same<Loose<typeof entry.budget>, DeliverySettings['budget']>;
  interval: Same<Loose<typeof entry.interval>, Exporter['interval']>;
  signals: Exclude<NonNullable<typeof entry.signals>[number], Signal>;
  spool: Same<Loose<typeof entry.spool>, DiskSpoolOptions>;
};
wrong satisfies Readonly<Record<keyof typeof wrong, never>>;

// A mistake in a configuration that is written in TypeScript fails where it is made.
const right: TypedExporterEntry[] = [
  { type: 'prometheus' },
  {
    type: 'aws_cloudwatch',
    config: { namespace: 'Shop' },
    dimensions: { Stage: 'prod' },
    signals: ['metrics'],
    tenants: { attribute: 'tenant.id', names: ['acme', 7], rest: true },
  },
];
right satisfies readonly TypedExporterEntry[];
// @ts-expect-error its namespace is missing
({ type: 'aws_cloudwatch' }) satisfies TypedExporterEntry;
// @ts-expect-error there is no such option
({ type: 'prometheus', config: { prot: 1 } }) satisfies TypedExporterEntry;
// @ts-expect-error of another type
({ type: 'datadog', config: { spans: 'yes' } }) satisfies TypedExporterEntry;
// @ts-expect-error Zipkin has no dimensions
({ type: 'zipkin', dimensions: { stage: 'prod' } }) satisfies TypedExporterEntry;
// @ts-expect-error one page for all tenants
({ type: 'prometheus', tenants: { attribute: 'tenant.id', names: ['acme'] } }) satisfies TypedExporterEntry;
