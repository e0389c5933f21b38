/** What is used of a request of `node:http` to tell where it comes from. */
export interface OriginatingRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly socket?: { readonly remoteAddress?: string | undefined } | undefined;
}

const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/i;
const LOOPBACK_HOST = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i;
const FORWARDING = /^(?:forwarded|via|x-real-ip|x-forwarded-.*)$/;

/**
 * Whether someone on this machine asks, as far as it can be told: from a loopback address, for a loopback name, since others may point to it, and not
 * by a proxy that says that it is one.
 */
export function isLocalRequest({ headers, socket }: OriginatingRequest): boolean {
  const { host } = headers;
  return (
    LOOPBACK_ADDRESS.test(socket?.remoteAddress ?? '') &&
    typeof host === 'string' &&
    LOOPBACK_HOST.test(host) &&
    !Object.keys(headers).some((name) => FORWARDING.test(name))
  );
}
