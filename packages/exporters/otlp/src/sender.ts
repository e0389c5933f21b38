import type { ExportContext, Signal } from '@telltale/core';
import type { ParcelAnswer } from '@telltale/exporter-kit';

/** Gets the body of a request to the backend. */
export interface Sender {
  /** Rejects when what it needs is missing. */
  start?(): Promise<void>;
  /** Rejects with an `ExportError`, or with the reason of the signal when that fired before anything was sent. */
  send(signal: Signal, body: string | Uint8Array, context: ExportContext): Promise<ParcelAnswer>;
  close(): void;
}
