import type { Attributes, Context, Link, SpanKind, SpanOptions, Tracer } from '@opentelemetry/api';
import type { SeriesAttributes } from '../attributes.ts';
import type { Diagnostics } from '../diagnostics.ts';
import type { Resource } from '../resource.ts';
import { adoptServerSpan } from '../spans/adopted-span.ts';
import { ForeignSpan, foreignProblem } from '../spans/foreign-span.ts';
import { SUPPRESSED_SPAN } from '../spans/non-recording-span.ts';
import type { OperationSpan, ServerSpan, SpanStarter } from '../spans/operation-span.ts';

/** Starts the spans of operations with another SDK's tracer. */
export class ForeignTracer implements SpanStarter {
  private readonly tracer: Tracer;
  private readonly diagnostics: Diagnostics;
  /** On every span, as on ours; the span's own win. */
  private readonly defaults: SeriesAttributes | undefined;
  private readonly service: Resource | undefined;

  /** `service`: of the spans, where it is not the telemetry's own. */
  constructor(
    tracer: Tracer,
    diagnostics: Diagnostics,
    defaults: SeriesAttributes | undefined,
    service: Resource | undefined,
  ) {
    this.tracer = tracer;
    this.diagnostics = diagnostics;
    this.defaults = defaults;
    this.service = service;
  }

  start(
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    parent: Context,
    links?: readonly Link[] | undefined,
  ): OperationSpan {
    const options: SpanOptions = { kind, attributes };
    if (links !== undefined) options.links = [...links];
    return this.startSpan(name, options, parent);
  }

  startSpan(name: string, options: SpanOptions | undefined, parent: Context): OperationSpan {
    try {
      const { defaults } = this;
      const given =
        defaults === undefined ? options : { ...options, attributes: { ...defaults, ...options?.attributes } };
      return new ForeignSpan(this.tracer.startSpan(name, given, parent), this.diagnostics, this.service);
    } catch (error) {
      foreignProblem(this.diagnostics, error);
      return SUPPRESSED_SPAN;
    }
  }

  serverSpan(active: Context): ServerSpan | undefined {
    const span = adoptServerSpan(active, this.diagnostics);
    if (this.defaults !== undefined) span?.addMissing(this.defaults as Attributes);
    return span;
  }
}
