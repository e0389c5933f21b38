import type * as PromClient from 'prom-client';
import { BUCKETS } from './series.ts';

/** prom-client as it was, and as the Prometheus project goes on with it: the same API. */
export type Library = 'prom-client' | '@prometheus-io/client';

export async function load(library: Library): Promise<typeof PromClient> {
  if (library === 'prom-client') return import('prom-client');
  return (await import('@prometheus-io/client')) as unknown as typeof PromClient;
}

/** The histogram that services write on by hand, and how many requests it has seen. */
export async function requestDuration(): Promise<{
  readonly duration: PromClient.Histogram<'method' | 'route' | 'status'>;
  seen(): Promise<number>;
}> {
  const { Histogram } = await load('prom-client');
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of requests',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
  });
  return { duration, seen: async () => countIn((await duration.get()).values) };
}

/** Of all series of a histogram. */
export function countIn(values: readonly { readonly value: number; readonly metricName?: string }[]): number {
  return values.filter(({ metricName }) => metricName?.endsWith('_count')).reduce((sum, { value }) => sum + value, 0);
}
