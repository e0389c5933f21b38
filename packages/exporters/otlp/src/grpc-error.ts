import { ExportError } from '@telltale/core';
import { readRetryDelay } from './read-answer.ts';

/** How a call of gRPC ended without an answer, or with one that is no success. */
export interface GrpcFailure {
  readonly host: string;
  /** grpc.io/docs/guides/status-codes */
  readonly code: number;
  readonly details: string;
  /** The server has spoken; else the code is the library's own. */
  readonly answered: boolean;
  /** The call had a connection, so the server may have read it. */
  readonly sent: boolean;
  /** A `google.rpc.Status`. */
  readonly status: string | Buffer | undefined;
}

const NAMES: Readonly<Record<number, string>> = {
  1: 'CANCELLED',
  2: 'UNKNOWN',
  3: 'INVALID_ARGUMENT',
  4: 'DEADLINE_EXCEEDED',
  5: 'NOT_FOUND',
  6: 'ALREADY_EXISTS',
  7: 'PERMISSION_DENIED',
  8: 'RESOURCE_EXHAUSTED',
  9: 'FAILED_PRECONDITION',
  10: 'ABORTED',
  11: 'OUT_OF_RANGE',
  12: 'UNIMPLEMENTED',
  13: 'INTERNAL',
  14: 'UNAVAILABLE',
  15: 'DATA_LOSS',
  16: 'UNAUTHENTICATED',
};
const RESOURCE_EXHAUSTED = 8;
const UNIMPLEMENTED = 12;
/** PERMISSION_DENIED, UNAUTHENTICATED. */
const CREDENTIALS = [7, 16];
/** INVALID_ARGUMENT, ALREADY_EXISTS, FAILED_PRECONDITION: what is wrong with the payload stays wrong. */
const AT_FAULT = [3, 6, 9];
/** How grpc-go, grpc-js and grpc-java say that a message is too long; the code is that of throttling. */
const TOO_LONG = /larger than max|exceeds maximum size|too large/i;

/** What a failed call means for the batch. */
export function grpcError(
  { host, code, details, answered, sent, status }: GrpcFailure,
  credentials?: string,
): ExportError {
  // The library's own words end in a note on name resolution that is mostly empty.
  const why = details.replace(/\s*Resolution note:\s*$/, '').trim();
  if (!answered) {
    const message = sent ? `${host} gave no answer (${why})` : `${host} could not be reached (${why})`;
    return new ExportError(message, { outcomeUnknown: sent });
  }
  const retryAfter = Buffer.isBuffer(status) ? readRetryDelay(status) : undefined;
  const divisible = AT_FAULT.includes(code) || (code === RESOURCE_EXHAUSTED && TOO_LONG.test(details));
  let hint = '';
  if (CREDENTIALS.includes(code) && credentials !== undefined) hint = `; ${credentials}`;
  else if (code === UNIMPLEMENTED) hint = '; check `url`: this server does not take that signal over gRPC';
  return new ExportError(`${host} answered ${NAMES[code] ?? `status ${code}`}${why === '' ? '' : ` (${why})`}${hint}`, {
    retryable: !divisible,
    divisible,
    ...(retryAfter !== undefined && { retryAfter }),
  });
}
