import type { IncomingMessage } from 'node:http';
import type { EnrichOptions, EnrichSource } from '@telltale/core';

/** On requests of `node:http`: the object that the platform has made of it, if it is another. */
export const REQUEST = Symbol('telltale.nest.request');

/** Options whose functions are given the platform's request, as ones whose functions are given that of `node:http`. */
export function fromPlatformRequests<Request>(enrich: EnrichOptions<Request>): EnrichOptions<IncomingMessage> {
  // Something else: whoever reads the options says so.
  if (typeof enrich !== 'object' || enrich === null) return enrich;
  return Object.fromEntries(
    Object.entries(enrich).map(([key, source]) => [
      key,
      typeof source === 'function' ? (request: IncomingMessage) => source(platformRequest(request) as Request) : source,
    ]),
  ) as Readonly<Record<string, EnrichSource<IncomingMessage> | number | undefined>>;
}

function platformRequest(request: IncomingMessage): unknown {
  return (request as { readonly [REQUEST]?: unknown })[REQUEST] ?? request;
}
