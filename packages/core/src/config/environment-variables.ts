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
  variable(
    'OTEL_METRICS_EXPORTER',
    'where metrics go to, several with commas',
    'prometheus, console, none',
    'prometheus',
  ),
  variable('OTEL_TRACES_EXPORTER', 'where spans go to; with none, spans are off', 'console, none', 'none'),
  variable(
    'OTEL_EXPORTER_PROMETHEUS_HOST',
    'interface that metrics are served on',
    'an address or host name',
    'localhost',
  ),
  variable('OTEL_EXPORTER_PROMETHEUS_PORT', 'port that metrics are served on', '0 (any free port) to 65535', '9464'),
  variable('TELLTALE_PROMETHEUS_PORT', 'the same, and stronger', '0 (any free port) to 65535', ''),
  variable(
    'TELLTALE_RUNTIME',
    'metrics of event loop, garbage collection, process and machine',
    'true, false',
    'false',
  ),
  variable(
    'OTEL_METRIC_EXPORT_INTERVAL',
    'milliseconds between exports of metrics; those that are served are read when someone asks',
    '1 to 2147483647',
    "the exporter's own",
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

function variable<const Name extends string>(name: Name, meaning: string, allowed: string, fallback: string) {
  return { name, meaning, allowed, default: fallback };
}
