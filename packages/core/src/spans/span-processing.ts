import type { Context, SpanKind, TimeInput } from '@opentelemetry/api';
import type { RecordingSpan, SpanHome, SpanOrigin } from './span.ts';
import type { MutableAttributes } from './span-attributes.ts';

/** What looks on while spans are recorded. No method throws. */
export interface SpanProcessing {
  /** Makes the span in a form that can be looked at while it is recorded, and that tells of its end. */
  create(
    home: SpanHome,
    name: string,
    kind: SpanKind,
    attributes: MutableAttributes,
    origin: SpanOrigin,
    startTime: TimeInput | undefined,
    parent: Context,
  ): RecordingSpan;
  /** The span has started, with its attributes and links, and may be changed. */
  started(span: RecordingSpan, parent: Context): void;
}
