import { SystemClock } from '../clock.ts';
import { type ExportContext, ExportError, type Exporter } from '../export/exporter.ts';
import { within } from '../export/within.ts';
import type { Metric } from '../metrics/snapshot.ts';
import type { Resource } from '../resource.ts';
import { halvesOf, pointsIn } from './divide-metrics.ts';
import { scopeMetricsOf } from './metric-data.ts';
import { otelExportCall } from './otel-export-call.ts';
import { checkOtelExporter, type OtelExporterOptions, settingsOf } from './otel-exporter-options.ts';
import type { OtelExporter, OtelMetricExporter, OtelSpanExporter } from './otel-exporter-shapes.ts';
import { readableSpan } from './readable-span.ts';
import { AGGREGATION_TYPE, INSTRUMENT_TYPES, type InstrumentType, instrumentTypeOf } from './sdk-metrics.ts';
import { sdkResource } from './sdk-resource.ts';
import { TemporalitySelection } from './temporality-selection.ts';

/** So many times what is refused is divided: enough for half a dozen points at fault among thousands. What is refused then is given up. */
const MAX_DIVISIONS = 64;
/** Seconds that an exporter's `forceFlush` may take before it is shut down: half of what the telemetry's shutdown may, unless said otherwise. */
const FLUSH_WITHIN = 5;

/**
 * Runs a metric or span exporter written for OpenTelemetry's SDK 2.x or 3.x as one of `exporters`: with our retry, filters, breaker, spool and
 * health, and without the SDK. Metrics come with the temporality that it selects. Throws `ERR_OPTION` for what is no exporter.
 */
export function fromOtelExporter(
  exporter: OtelMetricExporter | OtelSpanExporter,
  options: OtelExporterOptions = {},
): Exporter {
  const known = checkOtelExporter(exporter, options);
  return known.signal === 'metrics' ? ofMetrics(known.exporter, options) : ofSpans(known.exporter, options);
}

function ofSpans(exporter: OtelSpanExporter, options: OtelExporterOptions): Exporter {
  // A backend knows a span by its ids, so a second copy does no harm.
  const { whenUnknown = 'again' } = options;
  return {
    ...settingsOf(exporter, 'spans', options),
    whenUnknown,
    async exportSpans(spans, { signal, request }) {
      await request?.(0);
      await otelExportCall((done) => exporter.export(spans.map(readableSpan), done), signal, whenUnknown);
    },
    shutdown: () => end(exporter),
  };
}

function ofMetrics(exporter: OtelMetricExporter, options: OtelExporterOptions): Exporter {
  const settings = settingsOf(exporter, 'metrics', options);
  const select = exporter.selectAggregationTemporality?.bind(exporter);
  const temporality = new TemporalitySelection(`the exporter "${settings.name}"`, select);
  const aggregations = new Aggregations(exporter);
  const { whenUnknown = temporality.any ? 'give-up' : 'again' } = options;
  return {
    ...settings,
    whenUnknown,
    ...(temporality.any && { temporality: 'delta', isDelta: temporality.isDelta }),
    ...(aggregations.unmet.length > 0 && {
      start: (source) => source.problem(`aggregation of ${settings.name}`, aggregations.told(settings.name)),
    }),
    async exportMetrics(snapshot, context) {
      const send: SendMetrics = async (metrics, resource) => {
        const data = { resource: sdkResource(resource), scopeMetrics: await scopeMetricsOf(metrics, resource) };
        // Each has the time limit to itself. How many bytes it sends, an exporter does not say.
        await context.request?.(0);
        await otelExportCall((done) => exporter.export(data, done), context.signal, whenUnknown);
      };
      const wanted = snapshot.metrics.filter((metric) => !aggregations.drops(metric));
      // One call carries one resource.
      for (const [resource, metrics] of Map.groupBy(wanted, (metric) => metric.resource)) {
        await sendInParts(send, metrics, resource, context);
      }
    },
    shutdown: () => end(exporter),
  };
}

type SendMetrics = (metrics: readonly Metric[], resource: Resource) => Promise<void>;

/** What is refused for what is in it, or is too much at once, is divided until what is at fault is by itself, and given up. */
async function sendInParts(
  send: SendMetrics,
  metrics: readonly Metric[],
  resource: Resource,
  context: ExportContext,
): Promise<void> {
  const parts = [metrics];
  let divisions = 0;
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const points = pointsIn(part);
    try {
      await send(part, resource);
      context.accepted(points);
    } catch (error) {
      if (!(error instanceof ExportError && error.divisible)) throw error;
      if (points.length > 1 && divisions++ < MAX_DIVISIONS) parts.unshift(...halvesOf(part));
      else context.rejected?.(points, error.message);
    }
  }
}

/** What an exporter wants instruments to be aggregated by. Telltale aggregates while it records, for all exporters, so only leaving out can be done here. */
class Aggregations {
  private readonly dropped = new Set<InstrumentType>();
  /** Types that it wants otherwise than they are. */
  readonly unmet: InstrumentType[] = [];

  constructor(exporter: OtelMetricExporter) {
    for (const type of INSTRUMENT_TYPES) {
      const wanted = exporter.selectAggregation?.(type as never)?.type;
      if (wanted === AGGREGATION_TYPE.DROP) this.dropped.add(type);
      else if (wanted !== undefined && !SAME[type].includes(wanted)) this.unmet.push(type);
    }
  }

  drops(metric: Metric): boolean {
    return this.dropped.size > 0 && this.dropped.has(instrumentTypeOf(metric));
  }

  told(name: string): string {
    return `The exporter ${name} selects another aggregation for ${this.unmet.join(', ')}; instruments are aggregated once, for all exporters. Choose it with \`metrics.views\`.`;
  }
}

const { DEFAULT, SUM, LAST_VALUE } = AGGREGATION_TYPE;

/** What instruments of each type are in any case. */
const SAME: Readonly<Record<InstrumentType, readonly number[]>> = {
  COUNTER: [DEFAULT, SUM],
  UP_DOWN_COUNTER: [DEFAULT, SUM],
  GAUGE: [DEFAULT, LAST_VALUE],
  HISTOGRAM: [DEFAULT],
  OBSERVABLE_COUNTER: [DEFAULT, SUM],
  OBSERVABLE_UP_DOWN_COUNTER: [DEFAULT, SUM],
  OBSERVABLE_GAUGE: [DEFAULT, LAST_VALUE],
};

/** Also an exporter whose `forceFlush` fails or hangs is shut down. */
async function end(exporter: OtelExporter): Promise<void> {
  const failures: unknown[] = [];
  try {
    const flushing = exporter.forceFlush?.();
    if (flushing !== undefined) await within(flushing, FLUSH_WITHIN, new SystemClock(), 'forceFlush() did not settle');
  } catch (error) {
    failures.push(error);
  }
  await exporter.shutdown();
  if (failures.length > 0) throw failures[0];
}
