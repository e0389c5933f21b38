import { type Context, type ContextManager, isSpanContextValid, TraceFlags, trace } from '@opentelemetry/api';
import type { ExemplarFilter, ExemplarSource, SpanIds } from '../metrics/exemplars.ts';
import { NonRecordingSpan } from '../spans/non-recording-span.ts';
import { RecordingSpan } from '../spans/span.ts';
import { globalProvider } from './foreign-tracer-provider.ts';
import { registeredGlobally } from './global-api.ts';

/** Finds the spans that measurements are made in. `spans`: Telltale makes some itself. `undefined` when no exemplars are wanted. */
export function createExemplarSource(
  filter: ExemplarFilter,
  contexts: ContextManager,
  spans: boolean,
): ExemplarSource | undefined {
  switch (filter) {
    case 'always_off':
      return undefined;
    case 'always_on':
      return new FilteredSource(contexts, () => true, NO_SPAN);
    case 'trace_based':
      return new FilteredSource(contexts, () => spans || globalProvider() !== undefined, undefined);
  }
}

const NO_SPAN: Partial<SpanIds> = Object.freeze({});

class FilteredSource implements ExemplarSource {
  readonly awake: () => boolean;
  private readonly contexts: ContextManager;
  private readonly outside: Partial<SpanIds> | undefined;

  constructor(contexts: ContextManager, awake: () => boolean, outside: Partial<SpanIds> | undefined) {
    this.contexts = contexts;
    this.awake = awake;
    this.outside = outside;
  }

  find(given: Context | undefined): Partial<SpanIds> | undefined {
    return sampledSpan(given ?? this.active()) ?? this.outside;
  }

  /** Where a context manager was registered after ours was made, spans of others are in that one. */
  active(): Context {
    const active = this.contexts.active();
    return trace.getSpan(active) === undefined ? (registeredGlobally().context?.active() ?? active) : active;
  }
}

/** The span of a context, if it is certain that it is exported: ours by what is known of its trace, others by their flag. */
function sampledSpan(context: Context): SpanIds | undefined {
  const span = trace.getSpan(context);
  if (span === undefined || span instanceof NonRecordingSpan) return undefined;
  if (span instanceof RecordingSpan) return span.exemplar();
  try {
    const ids = span.spanContext();
    return (ids.traceFlags & TraceFlags.SAMPLED) !== 0 && isSpanContextValid(ids) ? ids : undefined;
  } catch {
    // Another SDK's span: recording never throws.
    return undefined;
  }
}
