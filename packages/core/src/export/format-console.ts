import type { Metric, MetricsSnapshot, Point } from '../metrics/snapshot.ts';
import type { OperationEvent } from '../operations/operation-event.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';
import { bucketsOf, estimateQuantile, exponentialBucketsOf } from './estimate-quantile.ts';
import { formatAttributes, formatName, formatQuantity, formatText } from './format-value.ts';

/** Makes text stand out, or gives it back as it is. */
export type Paint = (style: 'bold' | 'dim' | 'red', text: string) => string;

const PLAIN: Paint = (_, text) => text;

/** The names of OpenTelemetry's `SpanKind`, by its numbers. Internal spans are the rule and need no word. */
const KINDS = ['', 'server', 'client', 'producer', 'consumer'];

/** A line per series, under its metric. Quantiles of histograms are estimates. */
export function formatMetrics(snapshot: MetricsSnapshot, paint: Paint = PLAIN): string[] {
  const series = snapshot.metrics.reduce((sum, metric) => sum + metric.points.length, 0);
  const lines = [`${paint('dim', formatTime(snapshot.time))} metrics, ${series} series`];
  for (const metric of snapshot.metrics) {
    const unit = metric.unit === '' ? '' : paint('dim', ` ${formatText(metric.unit)}`);
    lines.push(`  ${paint('bold', formatName(metric.name))}${unit}`);
    for (const point of metric.points) {
      const attributes = formatAttributes(point.attributes);
      lines.push(`    ${attributes === '' ? '' : `${attributes}  `}${formatPoint(metric, point)}`);
    }
  }
  return lines;
}

function formatPoint(metric: Metric, point: Point): string {
  if ('value' in point) return formatQuantity(point.value, metric.unit);
  const parts = [`count ${point.count}`];
  const add = (name: string, value: number | undefined): void => {
    if (value !== undefined && !Number.isNaN(value)) parts.push(`${name} ${formatQuantity(value, metric.unit)}`);
  };
  if (point.count > 0) add('mean', point.sum / point.count);
  if ('quantiles' in point) {
    for (const { quantile, value } of point.quantiles) add(`p${Number((quantile * 100).toPrecision(5))}`, value);
  } else {
    for (const quantile of [0.5, 0.95]) add(`p${quantile * 100}`, estimateOf(metric, point, quantile));
    add('max', point.max);
  }
  return parts.join(', ');
}

function estimateOf(
  metric: Metric,
  point: Exclude<Point, { readonly value: number } | { readonly quantiles: unknown }>,
  quantile: number,
) {
  if ('scale' in point) return estimateQuantile(exponentialBucketsOf(point), point, quantile);
  return metric.type === 'histogram'
    ? estimateQuantile(bucketsOf(point, metric.boundaries), point, quantile)
    : undefined;
}

/** A line per span, traces one after the other, children under their parents and later than those before them. */
export function formatSpans(spans: readonly FinishedSpan[], paint: Paint = PLAIN): string[] {
  const lines: string[] = [];
  for (const [traceId, trace] of Map.groupBy(spans, (span) => span.traceId)) {
    trace.sort((a, b) => a.startTime - b.startTime);
    const first = trace[0] as FinishedSpan;
    lines.push(`${paint('dim', formatTime(first.startTime))} trace ${traceId}`);
    const children = Map.groupBy(trace, (span) => span.parentSpanId);
    const ids = new Set(trace.map((span) => span.spanId));
    const shown = new Set<FinishedSpan>();
    const show = (span: FinishedSpan, depth: number): void => {
      if (shown.has(span)) return;
      shown.add(span);
      lines.push(...formatSpan(span, '  '.repeat(depth), paint));
      for (const child of children.get(span.spanId) ?? []) show(child, depth + 1);
    };
    for (const span of trace) if (span.parentSpanId === undefined || !ids.has(span.parentSpanId)) show(span, 1);
    // Identifiers come from outside and may name each other as parents; nothing is left out for that.
    for (const span of trace) show(span, 1);
  }
  return lines;
}

function formatSpan(span: FinishedSpan, indent: string, paint: Paint): string[] {
  const { name, kind, status, statusMessage } = span;
  const failure = statusMessage === undefined ? 'error' : `error: ${formatText(statusMessage)}`;
  const line = [
    formatQuantity(span.endTime - span.startTime, 's'),
    paint('bold', formatName(name)),
    KINDS[kind] ?? '',
    status === 'error' ? paint('red', failure) : status === 'ok' ? 'ok' : '',
    formatAttributes(span.attributes),
  ];
  const events = span.events.map((event) =>
    [`+${formatQuantity(event.time - span.startTime, 's')}`, formatName(event.name), formatAttributes(event.attributes)]
      .filter((part) => part !== '')
      .join('  '),
  );
  return [line.filter((part) => part !== '').join('  '), ...events.map((event) => `  ${event}`)].map(
    (text) => indent + text,
  );
}

/** A line per operation. */
export function formatEvents(events: readonly OperationEvent[], paint: Paint = PLAIN): string[] {
  return events.map(({ time, kind, name, outcome, type, duration, error, attributes }) =>
    [
      `${paint('dim', formatTime(time))} ${kind}`,
      paint('bold', formatName(name)),
      outcome === undefined ? type : outcome === 'failed' ? paint('red', outcome) : outcome,
      formatQuantity(duration, 's'),
      error === undefined ? '' : paint('red', `${formatText(error.type)}: ${formatText(error.message)}`),
      formatAttributes(attributes),
    ]
      .filter((part) => part !== '')
      .join('  '),
  );
}

function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
