import type { IncomingMessage, ServerResponse } from 'node:http';
import { exchangeOf } from '@telltale/core';

/** Fits `app.use` of Express 4 and 5 as an error handler. */
export type ExpressErrorMiddleware = (
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** Registered, so that two copies of this package know of each other. */
const RECORDS_ERRORS = Symbol.for('telltale.express.records-errors');

/**
 * An error handler that tells the request's operation of the error and passes it on. `expressTelemetry` puts it where it can; mount it
 * yourself in front of error handlers that it cannot reach, so that `error.type` is the error's.
 */
export function recordErrors(): ExpressErrorMiddleware {
  // Express knows error handlers by their four parameters.
  function telltaleErrors(
    error: unknown,
    _request: IncomingMessage,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ): void {
    exchangeOf(response)?.failed(error);
    next(error);
  }
  return Object.assign(telltaleErrors, { [RECORDS_ERRORS]: true });
}

/** Whether this is what `recordErrors` returns. */
export function isRecordingErrors(handler: unknown): boolean {
  return typeof handler === 'function' && RECORDS_ERRORS in handler;
}
