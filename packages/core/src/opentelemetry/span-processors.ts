import type { Context, Span, SpanKind, TimeInput } from '@opentelemetry/api';
import type { Clock } from '../clock.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { messageOf, TelemetryError } from '../errors.ts';
import { within } from '../export/within.ts';
import type { RecordingSpan, SpanHome, SpanOrigin } from '../spans/span.ts';
import type { MutableAttributes } from '../spans/span-attributes.ts';
import type { SpanProcessing } from '../spans/span-processing.ts';
import { ProcessedSpan } from './processed-span.ts';
import type { ReadableSpan } from './readable-span.ts';

/** A span processor of the OpenTelemetry SDK, 2.x or 3.x. It is handed spans with the SDK's fields (`ReadableSpan`). */
export interface SpanProcessor {
  /** A span has started that is recorded, sampled or not; it may be changed. */
  onStart(span: ReadableSpan & Span, parentContext: Context): void;
  /** It has its end time, and may be changed for the last time. */
  onEnding?(span: ReadableSpan & Span): void;
  onEnd(span: ReadableSpan): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

const METHODS = ['onStart', 'onEnd', 'forceFlush', 'shutdown'] as const;

/** Throws `ERR_OPTION` for what are no span processors. */
export function checkSpanProcessors(given: unknown): void {
  if (!Array.isArray(given)) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"spanProcessors" is ${given === null ? 'null' : `of type ${typeof given}`}; give an array of span processors, such as [new BatchSpanProcessor(exporter)].`,
    );
  }
  for (const [index, one] of (given as readonly unknown[]).entries()) {
    const missing = METHODS.find((method) => typeof (one as Partial<SpanProcessor> | null)?.[method] !== 'function');
    if (missing === undefined) continue;
    throw new TelemetryError(
      'ERR_OPTION',
      `"spanProcessors[${index}]" has no ${missing}(); give a span processor of the OpenTelemetry SDK. An exporter is no processor: wrap it with new BatchSpanProcessor(exporter), or put fromOtelExporter(exporter) into "exporters".`,
    );
  }
}

/** Span processors, one after the other. What one throws is told once and goes no further: not to the service, and not to the next one. */
export class SpanProcessors implements SpanProcessing {
  private readonly processors: readonly SpanProcessor[];
  private readonly diagnostics: Diagnostics;
  private readonly clock: Clock;
  private closed: Promise<void> | undefined = undefined;

  constructor(processors: readonly SpanProcessor[], diagnostics: Diagnostics, clock: Clock) {
    this.processors = [...processors];
    this.diagnostics = diagnostics;
    this.clock = clock;
  }

  create(
    home: SpanHome,
    name: string,
    kind: SpanKind,
    attributes: MutableAttributes,
    origin: SpanOrigin,
    startTime: TimeInput | undefined,
    parent: Context,
  ): RecordingSpan {
    return new ProcessedSpan(this, home, name, kind, attributes, origin, startTime, parent);
  }

  started(span: RecordingSpan, parent: Context): void {
    const shown = span as ProcessedSpan;
    for (const processor of this.processors) this.guard(processor, 'onStart', () => processor.onStart(shown, parent));
  }

  ending(span: ProcessedSpan): void {
    for (const processor of this.processors) this.guard(processor, 'onEnding', () => processor.onEnding?.(span));
  }

  ended(span: ProcessedSpan): void {
    for (const processor of this.processors) this.guard(processor, 'onEnd', () => processor.onEnd(span));
  }

  /** Within so many seconds. Never rejects: what fails is told. */
  async flush(seconds: number): Promise<void> {
    await Promise.all(this.processors.map((one) => this.settled(one, 'forceFlush', seconds)));
  }

  /** The same for the end; only the first call counts. */
  shutdown(seconds: number): Promise<void> {
    this.closed ??= Promise.all(this.processors.map((one) => this.settled(one, 'shutdown', seconds))).then(() => {});
    return this.closed;
  }

  private guard(processor: SpanProcessor, method: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.problem(processor, method, messageOf(error));
    }
  }

  private async settled(processor: SpanProcessor, method: 'forceFlush' | 'shutdown', seconds: number): Promise<void> {
    try {
      const settling = (async () => processor[method]())();
      await within(settling, seconds, this.clock, `${method}() did not settle`);
    } catch (error) {
      this.problem(processor, method, messageOf(error));
    }
  }

  private problem(processor: SpanProcessor, method: string, message: string): void {
    const name = processor.constructor?.name ?? 'object';
    this.diagnostics.problem(
      'ERR_ADAPTER',
      `spanProcessors ${name} ${method}`,
      () => `The span processor ${name} failed in ${method}: ${message}`,
    );
  }
}
