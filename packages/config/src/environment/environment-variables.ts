/** A variable that is read, as it is told to people. */
export interface Variable {
  readonly name: string;
  readonly meaning: string;
  readonly allowed: string;
  readonly default: string;
}

/** Every variable that is read. The names `OTEL_…` mean what OpenTelemetry's specification says of them. */
export const VARIABLES = [
  variable('OTEL_SERVICE_NAME', 'which service this is', 'any text', 'the name in package.json'),
  variable(
    'OTEL_RESOURCE_ATTRIBUTES',
    'what is known of the service: service.version, deployment.environment.name, service.instance.id, …',
    'key=value,key=value; values percent-encoded',
    'the version in package.json',
  ),
  variable('OTEL_SDK_DISABLED', 'switches everything off', 'true, false', 'false'),
  variable('TELLTALE_CONFIG', 'the configuration file', 'a path, seen from the working directory', 'telltale.config.*'),
  variable(
    'OTEL_METRICS_EXPORTER',
    'where metrics go to, several with commas',
    'otlp, prometheus, console, a type of the configuration file, none',
    'otlp where it has an endpoint',
  ),
  variable(
    'OTEL_TRACES_EXPORTER',
    'where spans go to; with none, spans are off',
    'otlp, zipkin, jaeger, console, a type of the configuration file, none',
    'otlp where it has an endpoint',
  ),
  variable(
    'OTEL_LOGS_EXPORTER',
    'where events of operations go to, as logs',
    'otlp, console, a type of the configuration file, none',
    'otlp where logs have an endpoint',
  ),
  ...otlpVariables('OTEL_EXPORTER_OTLP', 'all signals', {
    ENDPOINT: [
      'base URL of OTLP for all signals, to which /v1/metrics, /v1/traces and /v1/logs are added (with gRPC nothing)',
      'http://localhost:4318, with gRPC http://localhost:4317',
    ],
    rest: ['http/protobuf', 'gzip', '10000'],
  }),
  ...otlpVariables('OTEL_EXPORTER_OTLP_METRICS', 'metrics'),
  ...otlpVariables('OTEL_EXPORTER_OTLP_TRACES', 'spans'),
  ...otlpVariables('OTEL_EXPORTER_OTLP_LOGS', 'events'),
  variable(
    'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
    'whether OTLP has totals or differences',
    'cumulative, delta, lowmemory (taken as delta)',
    'cumulative',
  ),
  variable(
    'OTEL_EXPORTER_ZIPKIN_ENDPOINT',
    'whole address that Zipkin gets spans at',
    'a URL',
    'http://localhost:9411/api/v2/spans',
  ),
  variable(
    'OTEL_EXPORTER_PROMETHEUS_HOST',
    'interface that metrics are served on',
    'an address or host name',
    'localhost',
  ),
  variable('OTEL_EXPORTER_PROMETHEUS_PORT', 'port that metrics are served on', '0 (any free port) to 65535', '9464'),
  variable('TELLTALE_PROMETHEUS_HOST', 'as OTEL_EXPORTER_PROMETHEUS_HOST, and stronger', 'an address or host name', ''),
  variable(
    'TELLTALE_PROMETHEUS_PORT',
    'as OTEL_EXPORTER_PROMETHEUS_PORT, and stronger; it also asks for Prometheus',
    '0 (any free port) to 65535',
    '',
  ),
  variable(
    'TELLTALE_DASHBOARD_PORT',
    'port of the live page, by @telltale/dashboard',
    '0 (any free port) to 65535',
    'no page',
  ),
  variable('TELLTALE_DASHBOARD_HOST', 'interface of that page', 'an address or host name', 'localhost'),
  variable(
    'TELLTALE_DASHBOARD_TOKEN',
    'what those must know who look at it from another machine',
    'a long random text',
    'a random one, told once',
  ),
  variable(
    'TELLTALE_RUNTIME',
    'metrics of event loop, garbage collection, process and machine',
    'true, false',
    'false',
  ),
  variable(
    'OTEL_NODE_RESOURCE_DETECTORS',
    'who is asked where the service runs; aws, gcp and azure are packages of Telltale',
    'aws, gcp, azure, host, process, all, none',
    'none',
  ),
  variable(
    'OTEL_METRIC_EXPORT_INTERVAL',
    'milliseconds between exports of metrics; those that are served are read when someone asks',
    '1 to 2147483647',
    "the exporter's own",
  ),
  variable(
    'OTEL_METRIC_EXPORT_TIMEOUT',
    'milliseconds that an export of metrics may take; weaker than the variables of OTLP',
    '1 to 2147483647',
    "the exporter's own",
  ),
  variable('OTEL_BSP_SCHEDULE_DELAY', 'milliseconds between exports of spans', '1 to 2147483647', "the exporter's own"),
  variable(
    'OTEL_BLRP_SCHEDULE_DELAY',
    'milliseconds between exports of events',
    '1 to 2147483647',
    "the exporter's own",
  ),
  variable(
    'OTEL_METRICS_EXEMPLAR_FILTER',
    'which measurements may become exemplars',
    'trace_based, always_on, always_off',
    'trace_based',
  ),
  variable(
    'OTEL_TRACES_SAMPLER',
    'which traces are recorded',
    'parentbased_always_on, parentbased_always_off, parentbased_traceidratio, always_on, always_off, traceidratio',
    'parentbased_always_on',
  ),
  variable('OTEL_TRACES_SAMPLER_ARG', 'the share of new traces for a …traceidratio', '0 to 1', '1'),
  variable(
    'OTEL_PROPAGATORS',
    'headers that carry the trace, several with commas',
    'tracecontext, baggage, b3, b3multi, xray, none',
    'tracecontext,baggage',
  ),
  variable('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'attributes of a span', '0 or more', '128'),
  variable('OTEL_ATTRIBUTE_COUNT_LIMIT', 'the same, and weaker', '0 or more', ''),
  variable('OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'characters of a value', '0 or more', 'no limit'),
  variable('OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'the same, and weaker', '0 or more', ''),
  variable('OTEL_SPAN_EVENT_COUNT_LIMIT', 'events of a span', '0 or more', '128'),
  variable('OTEL_SPAN_LINK_COUNT_LIMIT', 'links of a span', '0 or more', '128'),
  variable('OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT', 'attributes of an event', '0 or more', 'as of a span'),
  variable('OTEL_LINK_ATTRIBUTE_COUNT_LIMIT', 'attributes of a link', '0 or more', 'as of a span'),
  variable(
    'OTEL_LOG_LEVEL',
    'what is said on standard error: nothing (none, error), warnings (warn), also what was started (info and the rest)',
    'none, error, warn, info, debug, verbose, all',
    'info',
  ),
] as const satisfies readonly Variable[];

export type VariableName = (typeof VARIABLES)[number]['name'];

/** Their values show in no message. */
export const SECRET_VARIABLES: ReadonlySet<string> = new Set(
  VARIABLES.map(({ name }) => name).filter((name) => /_(HEADERS|TOKEN)$/.test(name)),
);

function variable<const Name extends string>(name: Name, meaning: string, allowed: string, fallback: string) {
  return { name, meaning, allowed, default: fallback };
}

/** Those that OTLP has for all signals, and again for each. */
function otlpVariables<const Prefix extends string>(
  prefix: Prefix,
  whose: string,
  all?: { readonly ENDPOINT: readonly [string, string]; readonly rest: readonly [string, string, string] },
) {
  const [meaning, endpoint] = all?.ENDPOINT ?? [`whole address of OTLP for ${whose}`, 'the base URL and its path'];
  const [protocol, compression, timeout] = all?.rest ?? ['', '', ''];
  const of = all === undefined ? `the same for ${whose}` : undefined;
  return [
    variable(`${prefix}_ENDPOINT`, meaning, 'a URL', endpoint),
    variable(
      `${prefix}_HEADERS`,
      of ?? 'sent with each request of OTLP; shown nowhere',
      'key=value,key=value; values percent-encoded',
      '',
    ),
    variable(
      `${prefix}_PROTOCOL`,
      of ?? 'how OTLP is written; grpc needs @grpc/grpc-js',
      'http/protobuf, http/json, grpc',
      protocol,
    ),
    variable(`${prefix}_COMPRESSION`, of ?? 'of requests of OTLP', 'gzip, none', compression),
    variable(`${prefix}_TIMEOUT`, of ?? 'milliseconds that a request of OTLP may take', '1 to 2147483647', timeout),
    variable(`${prefix}_CERTIFICATE`, of ?? 'authorities that OTLP trusts besides those of Node', 'a file in PEM', ''),
  ] as const;
}
