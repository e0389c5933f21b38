import type { Exporter, FinishedSpan } from '@telltale/core';

const MAX_TRACES = 500;
const MAX_SPANS_PER_TRACE = 100;
/** Seconds for which a trace is shown. */
const MAX_AGE = 300;

/** Keeps the traces of the last minutes and renders them as text. */
export interface RecentTraces extends Exporter {
  /** The newest first. `filter`: only traces in whose text it occurs. `scopes`: also who made each span. */
  render(limit?: number, filter?: string, scopes?: boolean): string;
}

/** A small exporter: all of its memory is `MAX_TRACES` × `MAX_SPANS_PER_TRACE` spans. */
export function recentTraces(): RecentTraces {
  const traces = new Map<string, FinishedSpan[]>();

  function forget(): void {
    const oldest = Date.now() / 1000 - MAX_AGE;
    for (const [id, spans] of traces) {
      const tooOld = spans.every(({ endTime }) => endTime < oldest);
      if (!tooOld && traces.size <= MAX_TRACES) return;
      traces.delete(id);
    }
  }

  return {
    name: 'traces',
    interval: { spans: 1 },

    async exportSpans(spans) {
      for (const span of spans) {
        const trace = traces.get(span.traceId) ?? [];
        traces.set(span.traceId, trace);
        if (trace.length < MAX_SPANS_PER_TRACE) trace.push(span);
      }
      forget();
    },

    render(limit = 50, filter = '', scopes = false) {
      forget();
      const texts = [...traces.values()]
        .map((spans) => ({
          start: Math.min(...spans.map(({ startTime }) => startTime)),
          text: renderTrace(spans, scopes),
        }))
        .filter(({ text }) => text.includes(filter))
        .sort((a, b) => b.start - a.start)
        .map(({ text }) => text);
      const head = `${texts.length} traces of the last ${MAX_AGE / 60} minutes, the newest first; at most ${limit} are shown (/traces?limit=…&filter=…)`;
      return `${[head, ...texts.slice(0, limit)].join('\n\n')}\n`;
    },
  };
}

/**
 * One trace as a tree: when each span began, counted from the trace's start, and how long it took.
 *
 *     trace 5b8aa5a2d2c872e8321cf37308d69df2 · 12:03:45.123 · 6 spans · 95 ms
 *         0 ms  42 ms  shop      POST /orders
 *         3 ms  31 ms  shop      ├─ payments charge
 *         5 ms  28 ms  payments  │  └─ POST /charges
 */
function renderTrace(spans: readonly FinishedSpan[], scopes: boolean): string {
  const start = Math.min(...spans.map(({ startTime }) => startTime));
  const end = Math.max(...spans.map(({ endTime }) => endTime));
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const children = Map.groupBy(
    spans.toSorted((a, b) => a.startTime - b.startTime),
    ({ parentSpanId }) => (parentSpanId !== undefined && ids.has(parentSpanId) ? parentSpanId : ''),
  );
  const services = Math.max(...spans.map((span) => serviceOf(span).length));
  const makers = Math.max(...spans.map(({ scope }) => scope.name.length));
  const lines: string[] = [];

  function add(span: FinishedSpan, branch: string, indent: string): void {
    const columns = [
      milliseconds(span.startTime - start).padStart(9),
      milliseconds(span.endTime - span.startTime).padStart(9),
      serviceOf(span).padEnd(services),
      ...(scopes ? [span.scope.name.padEnd(makers)] : []),
      `${branch}${span.name}${markOf(span)}`,
    ];
    lines.push(columns.join('  '));
    const inner = children.get(span.spanId) ?? [];
    for (const [i, child] of inner.entries()) {
      const isLast = i === inner.length - 1;
      add(child, `${indent}${isLast ? '└─ ' : '├─ '}`, `${indent}${isLast ? '   ' : '│  '}`);
    }
  }

  for (const root of children.get('') ?? []) add(root, '', '');
  const failed = spans.filter(({ status }) => status === 'error').length;
  const head = [
    `trace ${spans[0]?.traceId}`,
    new Date(start * 1000).toISOString().slice(11, 23),
    `${spans.length} ${spans.length === 1 ? 'span' : 'spans'}`,
    milliseconds(end - start),
    ...(failed > 0 ? [`${failed} FAILED`] : []),
  ];
  return [head.join(' · '), ...lines].join('\n');
}

function serviceOf(span: FinishedSpan): string {
  return String(span.resource.attributes['service.name']);
}

function markOf({ status, statusMessage, attributes }: FinishedSpan): string {
  const code = attributes['http.response.status_code'];
  const text = code === undefined ? '' : `  ${code}`;
  if (status !== 'error') return text;
  return `${text}  ✗ ${statusMessage ?? attributes['error.type'] ?? 'error'}`;
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms`;
}
