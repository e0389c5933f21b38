import type { Attributes } from '@opentelemetry/api';

/** What one record of an event says of itself: what its job is made of. */
export interface RecordInfo {
  /** The record as the handler gets it. */
  readonly raw: unknown;
  /** What the answer calls it in `batchItemFailures`; `undefined` where there are no partial failures. */
  readonly id: string | undefined;
  /** Queue, topic, stream, table or bucket; for EventBridge the source. */
  readonly queue: string | undefined;
  /** Default: the function. */
  readonly name?: string;
  /** Milliseconds since 1970 at which it was sent; `undefined` where that does not say how long it waited. */
  readonly sentAt: number | undefined;
  /** Which delivery it is, from 1; `undefined` where it is not told. */
  readonly attempt: number | undefined;
  /** Headers, keys in lower case, in which the sender's trace context may be. */
  readonly carrier: Readonly<Record<string, unknown>> | undefined;
  /** X-Ray's header. */
  readonly xray: string | undefined;
  /** Records of a group are in order: after the first that fails, the rest are not done. `undefined`: by itself. */
  readonly group: string | undefined;
  readonly spanAttributes: Attributes;
}

/** How a source of records takes partial failures. `each`: by id. `checkpoint`: all from the first on. `none`: not at all. */
export type FailureReports = 'each' | 'checkpoint' | 'none';
