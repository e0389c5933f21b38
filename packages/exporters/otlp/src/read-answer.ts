import type { ParcelAnswer } from '@telltale/exporter-kit';
import { ANY, DURATION, PARTIAL_SUCCESS, RESPONSE, RETRY_INFO, RPC_STATUS } from './fields.ts';
import { bytesOf, numberOf, readFields, textOf } from './protobuf-reader.ts';

/** An `Export…ServiceResponse`: what was refused, and the server's words for it or for a warning. Throws for what is none. */
export function readResponse(body: Uint8Array): ParcelAnswer {
  const partial = bytesOf(readFields(body), RESPONSE.partialSuccess);
  if (partial === undefined) return {};
  const fields = readFields(partial);
  return answerOf(numberOf(fields, PARTIAL_SUCCESS.rejected), textOf(fields, PARTIAL_SUCCESS.message));
}

/** The same in JSON, which has a name for the count in each signal. */
export function readJsonResponse(text: string): ParcelAnswer {
  const { partialSuccess } = JSON.parse(text) as { readonly partialSuccess?: Readonly<Record<string, unknown>> | null };
  if (typeof partialSuccess !== 'object' || partialSuccess === null) return {};
  const { rejectedDataPoints, rejectedSpans, rejectedLogRecords, errorMessage } = partialSuccess;
  const rejected = Number(rejectedDataPoints ?? rejectedSpans ?? rejectedLogRecords ?? 0);
  return answerOf(Number.isFinite(rejected) ? rejected : 0, typeof errorMessage === 'string' ? errorMessage : '');
}

/** The message of a `google.rpc.Status`, which OTLP's servers answer errors with; `undefined` when it is none. */
export function readStatusMessage(body: Uint8Array, json: boolean): string | undefined {
  try {
    if (!json) return textOf(readFields(body), RPC_STATUS.message) || undefined;
    const { message } = JSON.parse(Buffer.from(body).toString('utf8')) as { readonly message?: unknown };
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds of the `RetryInfo` in a `google.rpc.Status`. */
export function readRetryDelay(status: Uint8Array): number | undefined {
  try {
    for (const detail of readFields(status).get(RPC_STATUS.details) ?? []) {
      const fields = readFields(detail as Uint8Array);
      if (!textOf(fields, ANY.typeUrl).endsWith('/google.rpc.RetryInfo')) continue;
      const delay = bytesOf(readFields(bytesOf(fields, ANY.value) ?? new Uint8Array()), RETRY_INFO.delay);
      const duration = readFields(delay ?? new Uint8Array());
      return numberOf(duration, DURATION.seconds) + numberOf(duration, DURATION.nanos) / 1e9;
    }
  } catch {
    // What cannot be read says nothing.
  }
  return undefined;
}

function answerOf(rejected: number, message: string): ParcelAnswer {
  return {
    ...(rejected > 0 && { refusedCount: rejected }),
    ...(message !== '' && { reason: message }),
  };
}
