import type { ServerResponse } from 'node:http';
import type { ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { exchangeOf, type Telemetry } from '@telltale/core';
import { attachTelemetry, wrapMethod } from './wrap-method.ts';

/** Express's response, or the one inside of Fastify's reply. */
type PlatformResponse = ServerResponse & { readonly raw?: ServerResponse };

/** Tells the request, if it is one, of an exception that is about to be answered. Never throws. */
export function tellRequest(exception: unknown, host: unknown): void {
  const { getType, getArgByIndex } = (host ?? {}) as Partial<ArgumentsHost>;
  if (getType?.call(host) !== 'http') return;
  const response = getArgByIndex?.call(host, 1) as PlatformResponse | null | undefined;
  if (typeof response !== 'object' || response === null) return;
  exchangeOf(response.raw ?? response)?.failed(exception);
}

/**
 * Whatever no filter of the application answers, thrown by guards and handlers or by middleware, is answered by Nest's own: where Nest keeps it
 * cannot be known, but it is of this class.
 */
export function observeBaseFilter(telemetry: Telemetry): void {
  attachTelemetry(BaseExceptionFilter.prototype, telemetry);
  wrapMethod(
    BaseExceptionFilter.prototype,
    'catch',
    (_telemetry, proceed, _filter, [exception, host]) => {
      tellRequest(exception, host);
      return proceed();
    },
    'exceptions',
  );
}
