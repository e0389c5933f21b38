import { TelemetryError } from '@telltale/core';

/** Where to send, and for whom. */
export interface Connection {
  readonly instrumentationKey: string;
  readonly endpoint: URL;
  /** The audience of tokens, where the cloud has its own. */
  readonly audience?: string;
}

/** "Connection strings in Application Insights": without an endpoint, the global one. */
const DEFAULT_ENDPOINT = 'https://dc.services.visualstudio.com';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MEND = 'copy it from the overview page of the Application Insights resource';

/** Parses a connection string: keys in any case, `EndpointSuffix` and `Location` in place of `IngestionEndpoint`. `from` names where it is from. */
export function parseConnectionString(text: string, from: string): Connection {
  const fields = new Map<string, string>();
  for (const pair of text.split(';')) {
    if (pair.trim() === '') continue;
    const at = pair.indexOf('=');
    if (at < 1) fail(`${from} has ${JSON.stringify(pair)}, which is no key=value`);
    fields.set(pair.slice(0, at).trim().toLowerCase(), pair.slice(at + 1).trim());
  }
  const authorization = fields.get('authorization');
  if (authorization !== undefined && authorization.toLowerCase() !== 'ikey') {
    fail(
      `${from} has Authorization=${authorization}; only ikey exists. For Microsoft Entra, pass \`credential\` besides`,
    );
  }
  const key = fields.get('instrumentationkey');
  if (key === undefined) fail(`${from} has no InstrumentationKey`);
  const suffix = fields.get('endpointsuffix');
  const location = fields.get('location');
  const made = suffix && `https://${location ? `${location}.` : ''}dc.${suffix}`;
  const audience = fields.get('aadaudience');
  return {
    instrumentationKey: checkKey(key as string, from),
    endpoint: endpointOf(fields.get('ingestionendpoint') || made || DEFAULT_ENDPOINT, from),
    ...(audience && { audience }),
  };
}

/** An instrumentation key alone, which goes to the global endpoint. */
export function connectionOf(instrumentationKey: string, from: string): Connection {
  return { instrumentationKey: checkKey(instrumentationKey, from), endpoint: new URL(DEFAULT_ENDPOINT) };
}

function checkKey(key: string, from: string): string {
  if (!UUID.test(key)) fail(`${from} has the instrumentation key ${JSON.stringify(key)}, which is no UUID`);
  return key;
}

function endpointOf(text: string, from: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    fail(`${from} has the endpoint ${JSON.stringify(text)}, which is no https:// address`);
  }
  return url as URL;
}

function fail(what: string): never {
  throw new TelemetryError('ERR_OPTION', `${what}; ${MEND}.`);
}
