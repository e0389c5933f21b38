import { messageOf, TelemetryError } from '@telltale/core';
import { type AwsCredentials, loadPeer } from '@telltale/exporter-kit';
import type { OtlpRequest } from '@telltale/exporter-otlp';

interface Signer {
  sign(request: object): Promise<{ readonly headers: Readonly<Record<string, string>> }>;
}

/** Signs requests for X-Ray (Signature Version 4), with libraries of AWS that are loaded when they are first needed. */
export class RequestSigner {
  private readonly region: string;
  private readonly credentials: AwsCredentials | (() => Promise<AwsCredentials>) | undefined;
  private making: Promise<Signer> | undefined;

  constructor(region: string, credentials: AwsCredentials | (() => Promise<AwsCredentials>) | undefined) {
    this.region = region;
    this.credentials = credentials;
  }

  /** Rejects with the command to run while a library is missing. */
  async start(): Promise<void> {
    await this.signer();
  }

  /** The headers that the request needs besides its own. */
  async headers({ url, method, headers, body }: OtlpRequest): Promise<Readonly<Record<string, string>>> {
    const signer = await this.signer();
    const { protocol, hostname, port, host, pathname } = new URL(url);
    const request = {
      method,
      protocol,
      hostname,
      ...(port !== '' && { port: Number(port) }),
      path: pathname,
      headers: { ...headers, host },
      body,
    };
    try {
      return (await signer.sign(request)).headers;
    } catch (error) {
      throw new TelemetryError(
        'ERR_EXPORTER',
        `a request to X-Ray could not be signed: ${messageOf(error)}; give this service a role, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or pass \`credentials\``,
        { cause: error },
      );
    }
  }

  private signer(): Promise<Signer> {
    this.making ??= this.make().catch((error) => {
      this.making = undefined;
      throw error;
    });
    return this.making;
  }

  private async make(): Promise<Signer> {
    const maker = "xray({ through: 'otlp' })";
    const { SignatureV4 } = await loadPeer('@smithy/signature-v4', maker, () => import('@smithy/signature-v4'));
    const { Sha256 } = await loadPeer('@aws-crypto/sha256-js', maker, () => import('@aws-crypto/sha256-js'));
    const credentials = this.credentials ?? (await this.chain(maker));
    return new SignatureV4({ service: 'xray', region: this.region, credentials, sha256: Sha256 }) as Signer;
  }

  private async chain(maker: string): Promise<() => Promise<AwsCredentials>> {
    const library = '@aws-sdk/credential-provider-node';
    const { defaultProvider } = await loadPeer(library, maker, () => import('@aws-sdk/credential-provider-node'));
    return defaultProvider({ clientConfig: { region: this.region } });
  }
}
