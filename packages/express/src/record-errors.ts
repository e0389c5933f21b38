import type { IncomingMessage, ServerResponse } from 'node:http';
import { exchangeOf } from '@telltale/core';

/** Fits `app.use` of Express 4 and 5 as an error handler. */
export type ExpressErrorMiddleware = (
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * An error handler that tells the request's operation of the error and passes it on. Mount it in front of error handlers of your own that
 * answer, so that `error.type` is the error's; errors that reach Express's own answer are seen without it.
 */
export function recordErrors(): ExpressErrorMiddleware {
  // Express knows error handlers by their four parameters.
  return function telltaleErrors(error, _request, response, next) {
    exchangeOf(response)?.failed(error);
    next(error);
  };
}
