const REDACTED = 'REDACTED';

/**
 * `url.full` of a call: credentials and the values of the query are `REDACTED`. OpenTelemetry asks for that of a few keys; which ones hold
 * secrets is not known here, so it is done with all. `target`: what stands in the request line.
 */
export function redactedUrl(origin: string, target: string): string {
  // A tunnel's, or that of `OPTIONS *`.
  if (!target.startsWith('/')) return origin;
  const at = target.indexOf('?');
  return at < 0 ? origin + target : `${origin}${target.slice(0, at)}?${redactedQuery(target.slice(at + 1))}`;
}

function redactedQuery(query: string): string {
  return query
    .split('&')
    .map((pair) => {
      const at = pair.indexOf('=');
      if (at >= 0) return `${pair.slice(0, at)}=${REDACTED}`;
      // Names nobody can tell from a bare token.
      return pair === '' ? '' : REDACTED;
    })
    .join('&');
}
