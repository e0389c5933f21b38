import type { RequestStart } from '@telltale/core';
import { lowerCaseKeys } from './lower-case-keys.ts';
import { type Json, numberOf, objectOf, textOf } from './shapes.ts';

/** What came through a gateway, a load balancer or the function's URL. */
export interface HttpEvent {
  readonly start: RequestStart;
  /** The gateway's template; `undefined` where it has none. */
  readonly route: string | undefined;
  readonly requestBodySize: number | undefined;
  /** What the caller gets when the function fails: 500 of HTTP APIs, else 502. */
  readonly failureStatus: number;
  /** Whether an answer without a status is the body of a 200, as HTTP APIs and function URLs have it. */
  readonly statusIsOptional: boolean;
}

/** How an answer is told to the caller. */
export interface HttpAnswer {
  readonly status: number;
  readonly responseBodySize: number | undefined;
  /** The gateway could make nothing of it. */
  readonly malformed: boolean;
}

/** The status for a function that ran out of time. */
export const TIMEOUT_STATUS = 504;

/** `undefined` for what is no request: WebSocket APIs have no method. */
export function httpEventOf(event: unknown): HttpEvent | undefined {
  const request = objectOf(event);
  const context = objectOf(request?.requestContext);
  if (request === undefined || context === undefined) return undefined;
  const http = objectOf(context.http);
  if (http !== undefined && textOf(http.method) !== undefined) return ofHttpApi(request, context, http);
  return textOf(request.httpMethod) === undefined ? undefined : ofRestApiOrBalancer(request, context);
}

/** By the response of the handler; what it threw is no answer. */
export function answerOf(event: HttpEvent, response: unknown): HttpAnswer {
  const answer = objectOf(response);
  const status = numberOf(answer?.statusCode);
  if (status !== undefined && status >= 100 && status < 1000) {
    return { status, responseBodySize: sizeOf(answer?.body, answer?.isBase64Encoded), malformed: false };
  }
  return event.statusIsOptional
    ? { status: 200, responseBodySize: undefined, malformed: false }
    : { status: event.failureStatus, responseBodySize: undefined, malformed: true };
}

/** Version 2.0: HTTP APIs and function URLs. */
function ofHttpApi(request: Json, context: Json, http: Json): HttpEvent {
  const headers = headersOf(request);
  const isUrl = textOf(context.domainName)?.includes('.lambda-url.') === true;
  return {
    start: {
      method: String(http.method),
      scheme: schemeOf(headers),
      headers,
      path: textOf(request.rawPath) ?? textOf(http.path),
      query: textOf(request.rawQueryString),
      clientAddress: textOf(http.sourceIp),
    },
    route: isUrl ? undefined : routeOf(textOf(request.routeKey)),
    requestBodySize: sizeOf(request.body, request.isBase64Encoded),
    failureStatus: isUrl ? 502 : 500,
    statusIsOptional: true,
  };
}

function ofRestApiOrBalancer(request: Json, context: Json): HttpEvent {
  const headers = headersOf(request);
  const identity = objectOf(context.identity);
  return {
    start: {
      method: String(request.httpMethod),
      scheme: schemeOf(headers),
      headers,
      path: textOf(request.path),
      query: queryOf(request),
      clientAddress: textOf(identity?.sourceIp) ?? firstOf(headers['x-forwarded-for']),
    },
    // A load balancer knows paths only.
    route: context.elb === undefined ? (textOf(request.resource) ?? textOf(context.resourcePath)) : undefined,
    requestBodySize: sizeOf(request.body, request.isBase64Encoded),
    failureStatus: 502,
    statusIsOptional: false,
  };
}

/** `GET /pets/{id}` without the method; `$default` is what takes all the rest. */
function routeOf(routeKey: string | undefined): string | undefined {
  if (routeKey === undefined) return undefined;
  const at = routeKey.indexOf(' ');
  return at < 0 ? routeKey : routeKey.slice(at + 1);
}

function headersOf(request: Json): Record<string, unknown> {
  const single = Object.entries(objectOf(request.headers) ?? {});
  if (single.length > 0) return lowerCaseKeys(single);
  const several = Object.entries(objectOf(request.multiValueHeaders) ?? {});
  return lowerCaseKeys(several.map(([key, values]) => [key, Array.isArray(values) ? values.join(',') : undefined]));
}

/** What is asked for over HTTP only, a load balancer says. */
function schemeOf(headers: Record<string, unknown>): string {
  const scheme = firstOf(headers['x-forwarded-proto'])?.toLowerCase();
  return scheme === 'http' || scheme === 'ws' || scheme === 'wss' ? scheme : 'https';
}

function firstOf(list: unknown): string | undefined {
  return textOf(textOf(list)?.split(',')[0]?.trim());
}

function queryOf(request: Json): string | undefined {
  const several = Object.entries(objectOf(request.multiValueQueryStringParameters) ?? {});
  const entries: readonly (readonly [string, unknown])[] =
    several.length > 0
      ? several.flatMap(([key, values]) => (Array.isArray(values) ? values : []).map((value) => [key, value] as const))
      : Object.entries(objectOf(request.queryStringParameters) ?? {});
  if (entries.length === 0) return undefined;
  return new URLSearchParams(entries.map(([key, value]) => [key, String(value)] as [string, string])).toString();
}

/** Bytes of a body as the wire has them. */
function sizeOf(body: unknown, isBase64: unknown): number | undefined {
  if (typeof body !== 'string') return body === undefined || body === null ? 0 : undefined;
  return Buffer.byteLength(body, isBase64 === true ? 'base64' : 'utf8');
}
