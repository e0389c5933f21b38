import { ExportError, type Exporter, type MetricsSnapshot } from '@telltale/core';

/** Sends counters to a backend that takes lines of JSON. */
export function jsonLines({ url }: { readonly url: string }): Exporter {
  return {
    name: 'json-lines',
    temporality: 'delta', // what was not sent yet; leave it out for totals
    interval: 10,

    // The push loop calls this: never twice at once, within a time limit, and again later when it rejects.
    async exportMetrics(snapshot, { signal }) {
      const body = linesOf(snapshot);
      const response = await fetch(url, { method: 'POST', body, signal });
      if (response.ok) return;
      const retryAfter = Number(response.headers.get('retry-after'));
      throw new ExportError(`${url} answered ${response.status}`, {
        retryable: response.status === 429 || response.status >= 500,
        ...(retryAfter > 0 ? { retryAfter } : {}),
      });
    },
  };
}

/** A pure function: easy to test, whole document against whole document. */
export function linesOf(snapshot: MetricsSnapshot): string {
  return snapshot.metrics
    .filter((metric) => metric.type === 'counter')
    .flatMap(({ name, unit, points }) =>
      points.map(({ attributes, value, time }) => `${JSON.stringify({ name, unit, attributes, value, time })}\n`),
    )
    .join('');
}
