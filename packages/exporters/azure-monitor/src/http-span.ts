import type { FinishedSpan } from '@telltale/core';
import { textOf } from './properties.ts';

type SpanAttributes = FinishedSpan['attributes'];

/** The first of these attributes that the span has, as text. OpenTelemetry's conventions changed names: the stable ones come first. */
export function firstOf(attributes: SpanAttributes, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = attributes[key];
    if (value !== undefined && value !== null && value !== '') return textOf(value);
  }
  return undefined;
}

export function methodOf(attributes: SpanAttributes): string | undefined {
  return firstOf(attributes, 'http.request.method', 'http.method');
}

export function statusCodeOf(attributes: SpanAttributes): string | undefined {
  return firstOf(attributes, 'http.response.status_code', 'http.status_code');
}

/** The address of an HTTP span: whole where it is known, else as much of it as is. */
export function urlOf(attributes: SpanAttributes): string | undefined {
  const whole = firstOf(attributes, 'url.full', 'http.url');
  if (whole !== undefined) return whole;
  const path = firstOf(attributes, 'url.path', 'http.target');
  if (path === undefined) return undefined;
  const query = firstOf(attributes, 'url.query');
  const pathAndQuery = query === undefined ? path : `${path}?${query}`;
  const host = hostOf(attributes);
  if (host === undefined) return pathAndQuery;
  return `${firstOf(attributes, 'url.scheme', 'http.scheme') ?? 'http'}://${host}${pathAndQuery}`;
}

/** The path of an absolute address. */
export function pathOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).pathname : undefined;
}

/** Name and port of the server; the port unless it is the scheme's own. */
export function hostOf(attributes: SpanAttributes): string | undefined {
  const host = firstOf(attributes, 'server.address', 'net.peer.name', 'http.host');
  if (host === undefined) return undefined;
  const port = firstOf(attributes, 'server.port', 'net.peer.port');
  const secure = firstOf(attributes, 'url.scheme', 'url.full', 'http.url')?.startsWith('https');
  return port === undefined || port === (secure ? '443' : '80') ? host : `${host}:${port}`;
}
