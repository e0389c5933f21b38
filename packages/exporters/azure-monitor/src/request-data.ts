import type { FinishedSpan } from '@telltale/core';
import { firstOf, methodOf, statusCodeOf, urlOf } from './http-span.ts';
import { MAX_ID, MAX_NAME, MAX_URL } from './limits.ts';
import { cut } from './shortened.ts';
import { durationOf } from './time-span.ts';

/** Attributes that have fields or tags of their own. */
export const REQUEST_FIELDS: ReadonlySet<string> = new Set([
  'http.response.status_code',
  'url.full',
  'url.path',
  'url.query',
  'url.scheme',
  'client.address',
  'user_agent.original',
]);

/** `GET /orders/:id`, or the span's name: what requests are grouped by. */
export function operationName({ name, attributes }: FinishedSpan): string {
  const method = methodOf(attributes);
  const route = firstOf(attributes, 'http.route');
  return cut(method === undefined || route === undefined ? name : `${method} ${route}`, MAX_NAME);
}

/** A span of a server or a consumer: something that this service was asked to do. */
export function requestData(span: FinishedSpan): Readonly<Record<string, unknown>> {
  const { attributes, status, spanId, startTime, endTime } = span;
  const url = methodOf(attributes) === undefined ? undefined : urlOf(attributes);
  return {
    id: cut(spanId, MAX_ID),
    name: operationName(span),
    duration: durationOf(endTime - startTime),
    success: status === 'unset' ? Number(statusCodeOf(attributes) ?? 0) < 400 : status === 'ok',
    responseCode: resultCode(span),
    ...(url !== undefined && { url: cut(url, MAX_URL) }),
  };
}

/** The status of HTTP or gRPC, else the type of the error, else 0. */
export function resultCode({ attributes, status }: FinishedSpan): string {
  const code = statusCodeOf(attributes) ?? firstOf(attributes, 'rpc.response.status_code', 'rpc.grpc.status_code');
  return cut(code ?? (status === 'error' ? firstOf(attributes, 'error.type') : undefined) ?? '0', MAX_NAME);
}
