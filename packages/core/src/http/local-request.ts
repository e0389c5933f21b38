/** What is used of a request of `node:http` to tell where it comes from. */
export interface OriginatingRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly socket?: { readonly remoteAddress?: string | undefined } | undefined;
}

/** Headers that proxies set: whoever asks is somewhere else. */
const FORWARDED =
  /^(?:forwarded|via|x-forwarded(?:-.*)?|x-real-ip|x-client-ip|x-cluster-client-ip|x-original-.*|true-client-ip|cf-connecting-ip|fastly-client-ip|x-envoy-external-address|x-amzn-trace-id)$/;

/**
 * Whether someone on this machine asks, as far as it can be told: from a loopback address, for a loopback name, since others may point to it, and not
 * by a proxy that says that it is one.
 */
export function isLocalRequest({ headers, socket }: OriginatingRequest): boolean {
  const { host } = headers;
  return (
    isLoopbackAddress(socket?.remoteAddress) &&
    typeof host === 'string' &&
    isLoopbackHost(host) &&
    !Object.keys(headers).some((name) => FORWARDED.test(name))
  );
}

/** Whether a host, with or without a port, is this machine: `localhost`, those below it, and loopback addresses. A browser was led elsewhere by any other name. */
export function isLoopbackHost(host: string): boolean {
  if (isLoopbackAddress(host)) return true;
  const name = /^(\[[\da-f:.]+\]|[^:@/\s]+)(?::\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase();
  if (name === undefined) return false;
  if (name.startsWith('[')) return isLoopbackAddress(name.slice(1, -1));
  return name === 'localhost' || name.endsWith('.localhost') || isLoopbackAddress(name);
}

/** 127.0.0.0/8 and ::1, and the former as IPv6 has it. */
function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
  return plain === '::1' || plain === '0:0:0:0:0:0:0:1' || /^127(?:\.\d{1,3}){3}$/.test(plain);
}
