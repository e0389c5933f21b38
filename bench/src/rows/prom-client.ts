import type * as PromClient from 'prom-client';

/** prom-client as it was, and as the Prometheus project goes on with it: the same API. */
export type Library = 'prom-client' | '@prometheus-io/client';

export async function load(library: Library): Promise<typeof PromClient> {
  if (library === 'prom-client') return import('prom-client');
  return (await import('@prometheus-io/client')) as unknown as typeof PromClient;
}
