import { ExportError, messageOf } from '@telltale/core';

/** What a credential of `@azure/identity` does, and all that is used of it. */
export interface TokenCredential {
  getToken(
    scopes: string | string[],
    options?: { readonly abortSignal?: AbortSignal },
  ): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>;
}

/** Milliseconds before its end at which a token is replaced. */
const EARLY_MS = 5 * 60_000;
/** Milliseconds that a credential may take. */
const MAX_MS = 30_000;
const SCOPE = 'https://monitor.azure.com/.default';

/** Tokens of Microsoft Entra for Azure Monitor, each kept until shortly before its end. */
export class AccessTokens {
  private readonly scope: string;
  private readonly credential: () => Promise<TokenCredential>;
  private token: { readonly token: string; readonly expiresOnTimestamp: number } | undefined;
  private asking: Promise<string> | undefined;

  constructor(credential: () => Promise<TokenCredential>, audience: string | undefined) {
    this.credential = credential;
    this.scope = audience === undefined ? SCOPE : `${audience.replace(/\/?(\.default)?$/, '')}/.default`;
  }

  /** Rejects with an `ExportError` that says what to check: it is tried again with the next batch. */
  async get(signal: AbortSignal): Promise<string> {
    if (this.token !== undefined && this.token.expiresOnTimestamp - EARLY_MS > Date.now()) return this.token.token;
    signal.throwIfAborted();
    // Shared by signals that are sent at the same time, so none of them may stop it for the others.
    this.asking ??= this.ask().finally(() => {
      this.asking = undefined;
    });
    return unlessStopped(this.asking, signal);
  }

  /** The service refused it: the next call gets another. */
  forget(): void {
    this.token = undefined;
  }

  private async ask(): Promise<string> {
    const credential = await this.credential();
    try {
      const token = await credential.getToken(this.scope, { abortSignal: AbortSignal.timeout(MAX_MS) });
      if (token === null) throw new Error('the credential gave none');
      this.token = token;
      return token.token;
    } catch (error) {
      throw new ExportError(
        `there is no token of Microsoft Entra for ${this.scope} (${messageOf(error).split('\n')[0]}); check that the identity exists where this runs`,
        { cause: error },
      );
    }
  }
}

async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
