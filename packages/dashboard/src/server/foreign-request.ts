import type { IncomingMessage } from 'node:http';

/** Whether a page of another site makes a browser ask. Programs that are no browsers say nothing of it. */
export function isForeign({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') return true;
  return origin !== undefined && !isSameHost(origin, host);
}

function isSameHost(origin: string, host: string | undefined): boolean {
  if (host === undefined) return false;
  const named = /^https?:\/\/([^/]+)$/i.exec(origin)?.[1];
  return named?.toLowerCase() === host.toLowerCase();
}
