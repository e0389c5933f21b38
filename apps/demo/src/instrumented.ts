import type { Exporter, Metric, MetricsSnapshot, Point } from '@telltale/core';

/** The scopes of OpenTelemetry's own instrumentations. */
const INSTRUMENTATION = '@opentelemetry/';

/** Counts the spans that instrumentations of OpenTelemetry made. */
export interface InstrumentedSpans extends Exporter {
  /** By scope and the first word of the name: `@opentelemetry/instrumentation-pg pg.query` → 7. */
  readonly counts: ReadonlyMap<string, number>;
}

export function instrumentedSpans(): InstrumentedSpans {
  const counts = new Map<string, number>();
  return {
    name: 'instrumented',
    interval: { spans: 1 },
    counts,
    async exportSpans(spans) {
      for (const { scope, name } of spans) {
        if (!scope.name.startsWith(INSTRUMENTATION)) continue;
        const key = `${scope.name} ${/^[\w.]+/.exec(name)?.[0] ?? ''}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    },
  };
}

/** What is shown: the counts, whole traces as text, and what instrumentations measured. */
interface Shown {
  readonly counts: ReadonlyMap<string, number>;
  readonly traces: string;
  readonly snapshot: MetricsSnapshot;
}

/** A page of HTML that comes anew every two seconds. */
export function instrumentedPage({ counts, traces, snapshot }: Shown): string {
  const metrics = snapshot.metrics.filter(({ scope }) => scope.name.startsWith(INSTRUMENTATION));
  const spans = [...counts].map(([key, count]) => row(...key.split(' '), String(count)));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="2">
<title>What OpenTelemetry's instrumentations wrote</title>
<style>body { font: 14px system-ui; margin: 2em } td, th { text-align: left; padding: 0 1.5em 0 0; vertical-align: top } td:last-child { text-align: right }</style>
<h1>What OpenTelemetry's instrumentations wrote</h1>
<p>The service <b>offers</b> has no adapter of Telltale: its spans and metrics come from instrumentations of opentelemetry-js-contrib, unchanged,
through <code>telemetry.tracerProvider</code> and <code>telemetry.meterProvider</code>. Its calls of payments are observed by OpenTelemetry's
instrumentation of undici alone, the calls of the shop by @telltale/http-client alone.</p>
<h2>Spans by scope</h2>
<table><tr><th>scope<th>span<th>count</tr>
${spans.sort().join('\n')}
</table>
<h2>Traces in which they are</h2>
<pre>${escaped(traces)}</pre>
<h2>Metrics</h2>
<table><tr><th>scope<th>service<th>metric<th>attributes<th>value</tr>
${metrics.flatMap(rowsOf).join('\n')}
</table>
`;
}

function rowsOf({ scope, resource, name, unit, points }: Metric): string[] {
  return points.map((point) =>
    row(
      scope.name,
      String(resource.attributes['service.name']),
      `${name}${unit === '' ? '' : ` (${unit})`}`,
      Object.entries(point.attributes)
        .map(([key, value]) => `${key}=${String(value)}`)
        .join(', '),
      textOf(point),
    ),
  );
}

function textOf(point: Point): string {
  if ('value' in point) return shortened(point.value);
  return `${point.count} with mean ${shortened(point.sum / point.count)}`;
}

function shortened(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en') : value.toPrecision(4);
}

function row(...cells: string[]): string {
  return `<tr>${cells.map((cell) => `<td>${escaped(cell)}`).join('')}</tr>`;
}

/** Texts of statements and addresses are whatever someone sent. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
