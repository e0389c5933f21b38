import type { TraceDetail } from '../frame.ts';
import type { KeptSpan } from './kept-span.ts';

/** Deeper is shown as deep as this: a page has only so much room. */
const MAX_DEPTH = 64;

/** A trace in the order of its tree, children by their start; spans whose parent is not there stand at the top. */
export function traceDetail(traceId: string, spans: readonly KeptSpan[], dropped: number): TraceDetail {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const children = Map.groupBy(spans, ({ parentSpanId, spanId }) =>
    parentSpanId !== undefined && parentSpanId !== spanId && known.has(parentSpanId) ? parentSpanId : undefined,
  );
  const start = spans.reduce((least, span) => Math.min(least, span.start), spans[0]?.start ?? 0);
  const end = spans.reduce((most, span) => Math.max(most, span.end), start);
  const shown: TraceDetail['spans'][number][] = [];
  const seen = new Set<KeptSpan>();
  const visit = (top: readonly KeptSpan[], topDepth: number): void => {
    const waiting = byStart(top).map((span) => ({ span, depth: topDepth }));
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { span, depth } = next;
      if (seen.has(span)) continue;
      seen.add(span);
      shown.push(shownSpan(span, depth, start));
      const below = byStart(children.get(span.spanId) ?? []);
      waiting.unshift(...below.map((child) => ({ span: child, depth: Math.min(depth + 1, MAX_DEPTH) })));
    }
  };
  visit(children.get(undefined) ?? [], 0);
  // Spans that are each other's parents hang nowhere.
  for (const span of spans) if (!seen.has(span)) visit([span], 0);
  return { traceId, start, seconds: end - start, dropped, spans: shown };
}

function byStart(spans: readonly KeptSpan[]): KeptSpan[] {
  return [...spans].sort((a, b) => a.start - b.start);
}

function shownSpan(span: KeptSpan, depth: number, origin: number): TraceDetail['spans'][number] {
  const { parentSpanId, start, end, message, events, bytes: _bytes, ...rest } = span;
  return {
    ...rest,
    ...(parentSpanId !== undefined && { parentSpanId }),
    ...(message !== undefined && { message }),
    depth,
    offset: start - origin,
    seconds: end - start,
    events: events.map(({ name, time, attributes }) => ({ name, offset: time - origin, attributes })),
  };
}
