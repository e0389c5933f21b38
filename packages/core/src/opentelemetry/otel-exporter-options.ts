import { checkKeys } from '../check-keys.ts';
import { TelemetryError } from '../errors.ts';
import { DELIVERY_OPTIONS } from '../export/check-delivery.ts';
import type { DeliverySettings } from '../export/delivery-settings.ts';
import type { Exporter } from '../export/exporter.ts';
import type { OtelExporter, OtelMetricExporter, OtelSpanExporter } from './otel-exporter-shapes.ts';

/** What `fromOtelExporter` takes besides the exporter: as every exporter, how its data is chosen, thinned, paced and kept. */
export interface OtelExporterOptions extends DeliverySettings {
  /** Shows in health, errors and self-telemetry; unique in one telemetry. Default: the name of the exporter's class. */
  readonly name?: string;
  /** What the exporter takes, where its methods and its class do not tell. */
  readonly signal?: 'metrics' | 'spans';
  /** Seconds between exports; default 60 for metrics, 5 for spans, and earlier when a batch is full. */
  readonly interval?: number;
  /** Seconds that one export may take, the exporter's own retries included; default 30, longer than OpenTelemetry's exporters try. */
  readonly timeout?: number;
  /**
   * What becomes of data when the exporter never says whether it was taken: sent once more, or given up and counted. Default: `again`,
   * for what a second copy does no harm to (totals, spans), and `give-up` for an exporter that is handed differences.
   */
  readonly whenUnknown?: 'again' | 'give-up';
  /** Whose prices apply: a key of the price table of `estimateCost`. */
  readonly backend?: string;
}

const OPTIONS = ['name', 'signal', 'interval', 'timeout', 'whenUnknown', 'backend', ...DELIVERY_OPTIONS];
/** OpenTelemetry's processors and readers give an export as long. */
const TIMEOUT = 30;

const LOGS = /LogRecord|Logs?Exporter/i;
const METRICS = /Metric/i;
const SPANS = /Span|Trace|Zipkin|Jaeger/i;

/** An exporter, with what it takes. */
export type KnownExporter =
  | { readonly signal: 'metrics'; readonly exporter: OtelMetricExporter }
  | { readonly signal: 'spans'; readonly exporter: OtelSpanExporter };

/** Throws `ERR_OPTION` for what cannot be run, with the mend. */
export function checkOtelExporter(exporter: unknown, options: OtelExporterOptions): KnownExporter {
  checkKeys('fromOtelExporter', options, OPTIONS);
  const { signal, whenUnknown } = options;
  if (signal !== undefined && signal !== 'metrics' && signal !== 'spans')
    fail(`"fromOtelExporter.signal" is ${JSON.stringify(signal)}; give "metrics" or "spans".`);
  if (whenUnknown !== undefined && whenUnknown !== 'again' && whenUnknown !== 'give-up')
    fail(`"fromOtelExporter.whenUnknown" is ${JSON.stringify(whenUnknown)}; give "again" or "give-up".`);
  if (typeof exporter !== 'object' || exporter === null)
    fail(`fromOtelExporter() got ${exporter === null ? 'null' : `a value of type ${typeof exporter}`}; ${GIVE}.`);
  const name = nameOf(exporter) ?? 'an object';
  if (!has(exporter, 'export')) {
    if (has(exporter, 'setMetricProducer'))
      fail(
        `fromOtelExporter() got ${name}, a metric reader, which collects by itself; hand it metricProducer(telemetry).`,
      );
    fail(`fromOtelExporter() got ${name}, which has no method "export"; ${GIVE}.`);
  }
  const known = signal ?? signalOf(exporter, name);
  return { signal: known, exporter } as unknown as KnownExporter;
}

const GIVE =
  "give an exporter written for OpenTelemetry's SDK, such as new OTLPMetricExporter() or new OTLPTraceExporter()";

function signalOf(exporter: object, name: string): 'metrics' | 'spans' {
  const classes = classesOf(exporter);
  const isCalled = (pattern: RegExp): boolean => classes.some((one) => pattern.test(one));
  if (isCalled(LOGS)) fail(`fromOtelExporter() got ${name}, which takes log records; Telltale has none to give.`);
  if (has(exporter, 'selectAggregationTemporality') || has(exporter, 'selectAggregation')) return 'metrics';
  // Optional only for span exporters.
  if (!has(exporter, 'forceFlush')) return 'spans';
  if (isCalled(METRICS) !== isCalled(SPANS)) return isCalled(METRICS) ? 'metrics' : 'spans';
  return fail(
    `fromOtelExporter() cannot tell whether ${name} takes metrics or spans; say it: fromOtelExporter(exporter, { signal: 'spans' }).`,
  );
}

function has(exporter: object, method: string): boolean {
  return typeof (exporter as Record<string, unknown>)[method] === 'function';
}

/** Its own class and those it extends, as far as they have names. */
function classesOf(exporter: object): string[] {
  const names: string[] = [];
  for (
    let at: unknown = Object.getPrototypeOf(exporter);
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    const name: unknown = (at as { constructor?: { name?: unknown } }).constructor?.name;
    if (typeof name === 'string' && name !== '') names.push(name);
  }
  return names;
}

function nameOf(exporter: object): string | undefined {
  return classesOf(exporter)[0];
}

/** All of the exporter that options say. */
export function settingsOf(exporter: OtelExporter, signal: 'metrics' | 'spans', options: OtelExporterOptions) {
  const { name = nameOf(exporter) ?? `opentelemetry-${signal}`, interval, timeout = TIMEOUT, backend } = options;
  const delivery: DeliverySettings = Object.fromEntries(
    DELIVERY_OPTIONS.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]),
  );
  return {
    name,
    timeout,
    ...(interval !== undefined && { interval }),
    ...(backend !== undefined && { backend }),
    ...(Object.keys(delivery).length > 0 && { delivery }),
  } satisfies Exporter;
}

function fail(message: string): never {
  throw new TelemetryError('ERR_OPTION', message);
}
