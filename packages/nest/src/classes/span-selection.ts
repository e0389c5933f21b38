/** What of Nest's request pipeline can have spans. */
export type SpanSelection = Readonly<Record<'guard' | 'pipe' | 'interceptor' | 'handler' | 'filter', boolean>>;

/** On instances and prototypes, beside their telemetry: applications of one process may share classes and want different spans. */
const SPANS = Symbol.for('telltale.nest.spans');

export function attachSpans(target: object, spans: SpanSelection): void {
  Object.defineProperty(target, SPANS, { value: spans, configurable: true, writable: true });
}

export function wantsSpan(instance: object, kind: keyof SpanSelection): boolean {
  return (instance as { readonly [SPANS]?: SpanSelection })[SPANS]?.[kind] !== false;
}
