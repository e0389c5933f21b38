import { TelemetryError } from '@telltale/core';
import { checkExporterOptions, type ExporterOptions, loadPeer } from '@telltale/exporter-kit';
import { AccessTokens, type TokenCredential } from './access-token.ts';
import { type Connection, connectionOf, parseConnectionString } from './connection-string.ts';

export interface AzureMonitorOptions extends ExporterOptions {
  /** As the overview page of the Application Insights resource shows it. Default: APPLICATIONINSIGHTS_CONNECTION_STRING. */
  readonly connectionString?: string;
  /** In place of a connection string; then everything goes to the global endpoint. Microsoft asks for connection strings. */
  readonly instrumentationKey?: string;
  /** Signs in with Microsoft Entra: a credential of `@azure/identity`. */
  readonly credential?: TokenCredential;
  /** Signs in with the identity of where this runs; a `clientId` chooses one of several. Needs `@azure/identity`. */
  readonly managedIdentity?: boolean | { readonly clientId: string };
  /** Attributes of the service that each item carries as properties; default `['deployment.environment.name']`. */
  readonly resourceAttributes?: readonly string[];
  /** Whether histograms carry their buckets, for percentiles; default `true`. */
  readonly buckets?: boolean;
}

const OWN = [
  'connectionString',
  'instrumentationKey',
  'credential',
  'managedIdentity',
  'resourceAttributes',
  'buckets',
] as const satisfies readonly (keyof AzureMonitorOptions)[];
const VARIABLE = 'APPLICATIONINSIGHTS_CONNECTION_STRING';

export interface AzureMonitorSettings {
  readonly connection: Connection;
  readonly tokens: AccessTokens | undefined;
  readonly resourceAttributes: readonly string[];
  readonly buckets: boolean;
  /** Rejects when `@azure/identity` is wanted and missing. */
  start(): Promise<void>;
}

/** Throws `ERR_OPTION` for what cannot work, with what to write instead. */
export function settingsOf(options: AzureMonitorOptions): AzureMonitorSettings {
  checkExporterOptions('azureMonitor', options, OWN);
  const { resourceAttributes = ['deployment.environment.name'], buckets = true, credential, managedIdentity } = options;
  if (!Array.isArray(resourceAttributes) || resourceAttributes.some((key) => typeof key !== 'string')) {
    fail('resourceAttributes', 'must be an array of names of attributes of the service.');
  }
  if (typeof buckets !== 'boolean') fail('buckets', `is ${JSON.stringify(buckets)}; give true or false.`);
  const connection = connectionFrom(options);
  const getCredential = credentialFrom(credential, managedIdentity);
  if (getCredential !== undefined && !isPrivate(connection.endpoint)) {
    fail('connectionString', `has the endpoint ${connection.endpoint.origin}: no token is sent without https.`);
  }
  return {
    connection,
    resourceAttributes,
    buckets,
    tokens: getCredential && new AccessTokens(getCredential, connection.audience),
    start: async () => {
      await getCredential?.();
    },
  };
}

function connectionFrom({ connectionString, instrumentationKey }: AzureMonitorOptions): Connection {
  if (connectionString !== undefined && instrumentationKey !== undefined) {
    fail('instrumentationKey', 'has no effect beside "connectionString", which has one; give one of them.');
  }
  for (const [key, value] of Object.entries({ connectionString, instrumentationKey })) {
    if (value !== undefined && typeof value !== 'string') fail(key, 'must be a string.');
  }
  if (instrumentationKey !== undefined) return connectionOf(instrumentationKey, '"azureMonitor.instrumentationKey"');
  if (connectionString !== undefined) return parseConnectionString(connectionString, '"azureMonitor.connectionString"');
  const fromEnvironment = process.env[VARIABLE];
  if (fromEnvironment) return parseConnectionString(fromEnvironment, VARIABLE);
  throw new TelemetryError(
    'ERR_OPTION',
    `azureMonitor() does not know where to send; pass \`connectionString\` or set ${VARIABLE}, with the text that the overview page of the Application Insights resource shows.`,
  );
}

function credentialFrom(
  credential: TokenCredential | undefined,
  managedIdentity: AzureMonitorOptions['managedIdentity'],
): (() => Promise<TokenCredential>) | undefined {
  if (credential !== undefined) {
    if (managedIdentity !== undefined) fail('managedIdentity', 'has no effect beside "credential"; give one of them.');
    if (typeof credential?.getToken !== 'function') {
      fail(
        'credential',
        'has no getToken(); give a credential of @azure/identity, such as new DefaultAzureCredential().',
      );
    }
    return async () => credential;
  }
  if (managedIdentity === undefined || managedIdentity === false) return undefined;
  const clientId = managedIdentity === true ? undefined : managedIdentity?.clientId;
  if (managedIdentity !== true && (typeof clientId !== 'string' || clientId === '')) {
    fail('managedIdentity', 'must be true, or { clientId } of a user-assigned identity.');
  }
  let made: TokenCredential | undefined;
  return async () => {
    if (made !== undefined) return made;
    const { ManagedIdentityCredential } = await loadPeer(
      '@azure/identity',
      'azureMonitor({ managedIdentity })',
      () => import('@azure/identity'),
    );
    made = clientId === undefined ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId });
    return made;
  };
}

/** Whether a token can be sent there without others reading it. */
function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
}

function fail(key: string, what: string): never {
  throw new TelemetryError('ERR_OPTION', `"azureMonitor.${key}" ${what}`);
}
