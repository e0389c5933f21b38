import { requestMetadata } from '@telltale/detector-kit';

/** From "About VM metadata" of the Compute Engine documentation: the address needs no name server. */
const ADDRESS = 'http://169.254.169.254';
const FLAVOR = 'Google';
const MAX_VALUE = 1024;

/** Where Google's own libraries look for it: `GCE_METADATA_IP`, `GCE_METADATA_HOST`, each with or without a scheme; `undefined` for what is no address. */
export function metadataServerUrl({ GCE_METADATA_IP, GCE_METADATA_HOST }: NodeJS.ProcessEnv): URL | undefined {
  const given = GCE_METADATA_IP || GCE_METADATA_HOST || ADDRESS;
  const base = /^https?:\/\//.test(given) ? given : `http://${given}`;
  if (!URL.canParse(base)) return undefined;
  const url = new URL('/computeMetadata/v1/', base);
  return url.protocol === 'http:' ? url : undefined;
}

/** Values of the metadata server, one by one: a recursive answer would have scripts and keys of users in it. */
export class MetadataServer {
  private readonly url: URL;
  private readonly signal: AbortSignal;

  constructor(url: URL, signal: AbortSignal) {
    this.url = url;
    this.signal = signal;
  }

  /** `instance/zone`. Rejects when it is not there, or when it was not Google who answered. */
  async value(path: string): Promise<string> {
    const { headers, text } = await requestMetadata({
      url: new URL(path, this.url),
      headers: { 'Metadata-Flavor': FLAVOR },
      limit: MAX_VALUE,
      signal: this.signal,
    });
    if (headers['metadata-flavor'] !== FLAVOR) throw new Error(`${this.url.host} is no metadata server of Google`);
    return text;
  }
}
