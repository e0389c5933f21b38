import { type ExportContext, messageOf, TelemetryError } from '@telltale/core';
import { type AwsClient, AwsRequestHandler, callAws } from './aws-caller.ts';
import { awsError } from './aws-error.ts';
import { loadPeer } from './load-peer.ts';

/** Keys as the AWS SDK takes them. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** How to reach AWS: what exporters of its services take besides their own options. */
export interface AwsOptions {
  /** `eu-west-1`; else AWS_REGION, or the region of the profile. */
  readonly region?: string;
  /** Default: the chain of the AWS SDK (environment, profile, SSO, web identity, ECS, EC2). */
  readonly credentials?: AwsCredentials | (() => Promise<AwsCredentials>);
  /** Another address than the region's: LocalStack, a VPC endpoint, a proxy. */
  readonly endpoint?: string;
  /** A client of the SDK that is yours. Make it with `maxAttempts: 1`: trying again is the push loop's. It is not destroyed. */
  readonly client?: AwsClient;
}

/** The keys of `AwsOptions`, for `checkExporterOptions`. */
export const AWS_OPTIONS = [
  'region',
  'credentials',
  'endpoint',
  'client',
] as const satisfies readonly (keyof AwsOptions)[];

/** What an `AwsConnection` is to. */
export interface AwsService<Sdk> {
  /** `CloudWatch`, for messages. */
  readonly name: string;
  /** `cloudwatch()`, for messages. */
  readonly maker: string;
  readonly library: string;
  load(): Promise<Sdk>;
  /** `config` is made for the SDK's client, with its own retries off. */
  createClient(sdk: Sdk, config: object): AwsClient;
}

/** As the names of regions are in all of AWS's partitions: `eu-west-1`, `us-gov-east-1`, `us-iso-east-1`. */
const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d+$/;

/** Throws `ERR_OPTION` for options of AWS that cannot work. */
export function checkAwsOptions(maker: string, options: AwsOptions): void {
  const { region, credentials, endpoint, client } = options;
  const fail = (key: keyof AwsOptions, what: string): never => {
    throw new TelemetryError('ERR_OPTION', `"${maker}.${key}" ${what}`);
  };
  if (region !== undefined && !(typeof region === 'string' && REGION.test(region))) {
    fail('region', `is ${JSON.stringify(region)}; give the name of a region, such as 'eu-west-1'.`);
  }
  if (endpoint !== undefined && !/^https?:$/.test(protocolOf(endpoint))) {
    fail('endpoint', `is ${JSON.stringify(endpoint)}; give a URL, such as 'http://localhost:4566'.`);
  }
  if (credentials !== undefined && typeof credentials !== 'function') {
    const { accessKeyId, secretAccessKey } = credentials ?? {};
    if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string') {
      fail('credentials', 'must have accessKeyId and secretAccessKey, or be a function that gives a promise of them.');
    }
  }
  if (client === undefined) return;
  if (typeof client?.send !== 'function') fail('client', 'has no send(); give a client of the AWS SDK v3.');
  const other = (['region', 'credentials', 'endpoint'] as const).find((key) => options[key] !== undefined);
  if (other !== undefined) fail(other, 'has no effect beside "client"; give it to the client.');
}

interface Opened<Sdk> {
  readonly sdk: Sdk;
  readonly client: AwsClient;
  readonly region: string | undefined;
}

/** A client of the AWS SDK that is loaded and made when it is first needed. What fails is tried anew the next time. */
export class AwsConnection<Sdk> {
  private readonly service: AwsService<Sdk>;
  private readonly options: AwsOptions;
  private opening: Promise<Opened<Sdk>> | undefined;

  constructor(service: AwsService<Sdk>, options: AwsOptions) {
    this.service = service;
    this.options = options;
  }

  /** Rejects with a sentence when the library is missing, no region is known, or a client of the user's retries by itself. */
  async start(): Promise<void> {
    const { client } = await this.open();
    if (client !== this.options.client) return;
    const attempts = await (client.config as { maxAttempts?: () => Promise<number> } | undefined)?.maxAttempts?.();
    if (attempts === undefined || attempts <= 1) return;
    throw new TelemetryError(
      'ERR_OPTION',
      `"client" of ${this.service.maker} tries each request up to ${attempts} times by itself, so that what it sends may be counted more than once; make it with \`maxAttempts: 1\`.`,
    );
  }

  /** Makes a call: see `callAws`. `action` is the IAM action that it needs. */
  async call(
    command: (sdk: Sdk) => object,
    action: string,
    context: Pick<ExportContext, 'signal' | 'request'>,
  ): Promise<unknown> {
    context.signal.throwIfAborted();
    const { sdk, client, region } = await this.open();
    return callAws(client, command(sdk), context, { service: this.service.name, action, region });
  }

  async close(): Promise<void> {
    const opened = await this.opening?.catch(() => undefined);
    this.opening = undefined;
    if (opened !== undefined && opened.client !== this.options.client) opened.client.destroy?.();
  }

  private open(): Promise<Opened<Sdk>> {
    this.opening ??= this.connect().catch((error) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  private async connect(): Promise<Opened<Sdk>> {
    const { name, maker, library, load, createClient } = this.service;
    const sdk = await loadPeer(library, maker, load);
    const { region, credentials, endpoint } = this.options;
    const client =
      this.options.client ??
      createClient(sdk, {
        ...(region !== undefined && { region }),
        ...(credentials !== undefined && { credentials }),
        ...(endpoint !== undefined && { endpoint }),
        maxAttempts: 1,
        requestHandler: new AwsRequestHandler(),
      });
    const { region: known } = (client.config ?? {}) as { region?: () => Promise<string> };
    try {
      return { sdk, client, region: typeof known === 'function' ? await known() : region };
    } catch (error) {
      throw new TelemetryError('ERR_EXPORTER', awsError(error, { service: name, action: '' }).message, {
        cause: messageOf(error),
      });
    }
  }
}

function protocolOf(url: unknown): string {
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).protocol : '';
}
