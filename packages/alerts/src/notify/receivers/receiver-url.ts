import { isLoopbackHost, TelemetryError } from '@telltale/core';

export interface ReceiverUrlRules {
  /** What it is, for the mend: `the address that Slack gave for the channel`. */
  readonly what: string;
  /** The address, or what is sent to it, lets whoever knows it tell alerts: only to this machine without TLS. */
  readonly secret: boolean;
}

/** The address as a URL. Throws `ERR_OPTION`, which never shows the address: it may be the credential. */
export function receiverUrl(path: string, url: unknown, { what, secret }: ReceiverUrlRules): URL {
  const mend = `give ${what}, such as https://….`;
  if (url === undefined || url === '') fail(`"${path}" is ${url === '' ? 'empty' : 'missing'}; ${mend}`);
  if (typeof url !== 'string') fail(`"${path}" is of type ${typeof url}; ${mend}`);
  if (!URL.canParse(url)) fail(`"${path}" is no URL; ${mend}`);
  const parsed = new URL(url);
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') {
    fail(`"${path}" begins with ${parsed.protocol}//, which is neither https:// nor http://; ${mend}`);
  }
  if (secret && parsed.protocol === 'http:' && !isLoopbackHost(parsed.hostname)) {
    fail(`"${path}" begins with http://, so everyone on the way could read the credential; use https://.`);
  }
  parsed.hash = '';
  return parsed;
}

/** A page that shows more, for people to follow. */
export function linkOf(path: string, link: unknown): string | undefined {
  if (link === undefined) return undefined;
  const href = typeof link === 'string' ? webAddress(link) : undefined;
  return (
    href ??
    fail(
      `"${path}" is ${JSON.stringify(link)}; give the http:// or https:// address of a page, such as the dashboard's.`,
    )
  );
}

/** The address, if it is one that a browser may follow; longer ones than browsers and backends take are none. */
export function webAddress(text: string | undefined): string | undefined {
  if (text === undefined || text.length > 2000 || !URL.canParse(text)) return undefined;
  const { protocol, href } = new URL(text);
  return protocol === 'http:' || protocol === 'https:' ? href : undefined;
}

function fail(message: string): never {
  throw new TelemetryError('ERR_OPTION', message);
}
