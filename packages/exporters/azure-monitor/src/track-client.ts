import { type ExportContext, ExportError } from '@telltale/core';
import { type Answer, answerError, HttpClient, type ParcelAnswer, retryAfterOf } from '@telltale/exporter-kit';
import type { AccessTokens } from './access-token.ts';
import type { Connection } from './connection-string.ts';
import { redirectTarget } from './redirect.ts';
import { type Load, parcelAnswer, trackResponse } from './track-answer.ts';

const PATH = '/v2.1/track';
/** Redirects that are followed for one request. */
const MAX_REDIRECTS = 3;
/** "The daily quota is used up": Application Insights' own status. */
const QUOTA = 439;
/** "The quota of this resource is used up", for good. */
const PAYMENT_REQUIRED = 402;

/** Sends items to the ingestion of Application Insights. */
export class TrackClient {
  private readonly http = new HttpClient();
  private readonly configured: URL;
  private readonly tokens: AccessTokens | undefined;
  /** Where the service has said that it wants the data. */
  private url: URL;
  /** By item, what of it is not to be sent a second time. */
  private readonly takenParts = new WeakMap<object, Set<number>>();

  constructor({ endpoint }: Connection, tokens: AccessTokens | undefined) {
    this.configured = new URL(`${endpoint.href.replace(/\/+$/, '')}${PATH}`);
    this.url = this.configured;
    this.tokens = tokens;
  }

  /** Without what the service has of the item from an earlier try. */
  load(item: object, texts: readonly string[], firstDecides: boolean): Load {
    const taken = this.takenParts.get(item);
    const all = texts.map((text, index) => ({ index, text }));
    const envelopes = taken === undefined ? all : all.filter(({ index }) => !taken.has(index));
    return { item, envelopes, firstDecides };
  }

  async send(body: string, loads: readonly Load[], context: ExportContext): Promise<ParcelAnswer> {
    let answer = await this.post(body, context);
    for (let hop = 0; isRedirect(answer) && hop < MAX_REDIRECTS; hop++) {
      this.url = this.followed(answer);
      answer = await this.post(body, context);
    }
    const { status } = answer;
    const count = loads.reduce((sum, { envelopes }) => sum + envelopes.length, 0);
    const response = status === 200 || status === 206 || status === 400 ? trackResponse(answer.body) : undefined;
    const itemized = response !== undefined && response.itemsReceived === count && response.errors.length > 0;
    if (itemized || (status < 300 && response !== undefined)) {
      const parcels = parcelAnswer(loads, response, (item, indexes) => this.remember(item, indexes));
      const retryAfter = retryAfterOf(answer.headers['retry-after']);
      return { ...parcels, ...(retryAfter !== undefined && { retryAfter }) };
    }
    const error = answerError(answer, { credentials: this.credentialsHint(), reason: reasonOf(answer) });
    if (error === undefined) return {};
    if (status === 401 || status === 403) this.tokens?.forget();
    const { retryAfter } = error;
    if (status === QUOTA || status === PAYMENT_REQUIRED || isRedirect(answer)) {
      const hint = isRedirect(answer) ? '' : '; look at "Daily cap" under "Usage and estimated costs" of the resource';
      throw new ExportError(`${error.message}${hint}`, {
        retryable: status !== PAYMENT_REQUIRED,
        ...(retryAfter !== undefined && { retryAfter }),
      });
    }
    throw error;
  }

  close(): void {
    this.http.close();
  }

  private async post(body: string, context: ExportContext): Promise<Answer> {
    const token = await this.tokens?.get(context.signal);
    // No user-agent: the service would take it for the browser of a user.
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    try {
      return await this.http.send({ url: this.url, headers, body, gzip: true }, context);
    } catch (error) {
      // Where it was redirected to is gone, perhaps.
      this.url = this.configured;
      throw error;
    }
  }

  private followed(answer: Answer): URL {
    const { location } = answer.headers;
    const target = redirectTarget(this.url, location);
    if (target !== undefined) return target;
    const from = this.url.origin;
    this.url = this.configured;
    throw new ExportError(
      `${from} wants the data at ${location ?? 'no address'}, which is neither the same host nor one of Azure Monitor's, so it is not sent there; check IngestionEndpoint of the connection string`,
    );
  }

  private remember(item: object, indexes: readonly number[]): void {
    if (indexes.length === 0) return;
    const taken = this.takenParts.get(item) ?? new Set();
    for (const index of indexes) taken.add(index);
    this.takenParts.set(item, taken);
  }

  private credentialsHint(): string {
    return this.tokens === undefined
      ? 'check the instrumentation key; where local authentication is off, pass `credential` or `managedIdentity`'
      : 'give the identity the role Monitoring Metrics Publisher on the Application Insights resource';
  }
}

function isRedirect({ status }: Answer): boolean {
  return status === 307 || status === 308;
}

/** The first error of the list, rather than the list. */
function reasonOf({ body }: Answer): string {
  return trackResponse(body)?.errors[0]?.message ?? body.toString('utf8');
}
