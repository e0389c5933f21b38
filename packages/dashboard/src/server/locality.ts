import type { IncomingMessage } from 'node:http';

/** 127.0.0.0/8 and ::1, and the former as IPv6 has it. */
function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
  return plain === '::1' || plain === '0:0:0:0:0:0:0:1' || /^127(?:\.\d{1,3}){3}$/.test(plain);
}

/** `localhost`, those below it, and loopback addresses; with or without a port. A browser was led elsewhere by any other name. */
export function isLoopbackHost(host: string | undefined): boolean {
  const name =
    host === undefined ? undefined : /^(\[[\da-f:.]+\]|[^:@/\s]+)(?::\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase();
  if (name === undefined) return false;
  if (name.startsWith('[')) return isLoopbackAddress(name.slice(1, -1));
  return name === 'localhost' || name.endsWith('.localhost') || isLoopbackAddress(name);
}

/** Headers that proxies set: whoever asks is somewhere else. */
const FORWARDED =
  /^(?:forwarded|via|x-forwarded(?:-.*)?|x-real-ip|x-client-ip|x-cluster-client-ip|x-original-.*|true-client-ip|cf-connecting-ip|fastly-client-ip|x-envoy-external-address|x-amzn-trace-id)$/;

/** Whether a request was made on this machine, by a program or page that meant this machine. */
export function isLocal({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): boolean {
  if (!isLoopbackAddress(socket.remoteAddress) || !isLoopbackHost(headers.host)) return false;
  return !Object.keys(headers).some((name) => FORWARDED.test(name));
}

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
