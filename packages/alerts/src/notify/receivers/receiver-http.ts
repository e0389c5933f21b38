import { validateHeaderName, validateHeaderValue } from 'node:http';
import { ExportError, messageOf, TelemetryError } from '@telltale/core';
import { type Answer, type AnswerErrorOptions, answerError, HttpClient } from '@telltale/exporter-kit';
import type { NotifierContext } from '../../notifier.ts';

/** Statuses that are mended from outside, beside those that the kit knows: the alert was not at fault. */
const MENDED_OUTSIDE = [405, 410];
/** Parts of an address that may be more than a word. */
const SECRET_PART = /^(?=.*\d).{6,}$|^.{16,}$/;
const MIN_SECRET = 6;

export interface ReceiverHttpOptions {
  readonly urls: readonly URL[];
  readonly headers?: Readonly<Record<string, string>>;
  /** PEM of authorities to trust besides Node's. */
  readonly ca?: string | undefined;
  /** What must show in no error, besides what the addresses and headers hold. */
  readonly secrets?: readonly string[];
}

/** Sends to a receiver, and keeps addresses, keys and headers out of what is told of it: only the origin shows. */
export class ReceiverHttp {
  private readonly http: HttpClient;
  private readonly options: ReceiverHttpOptions;
  /** Longest first, as one may hold another. */
  private readonly secrets: readonly string[];

  constructor(options: ReceiverHttpOptions) {
    this.options = options;
    const { urls, headers = {}, secrets = [], ca } = options;
    const all = [
      ...secrets,
      ...urls.flatMap(secretsOf),
      ...Object.values(headers).flatMap((value) => [value, ...value.split(' ')]),
    ];
    this.secrets = [...new Set(all)].filter(({ length }) => length >= MIN_SECRET).sort((a, b) => b.length - a.length);
    this.http = new HttpClient(ca === undefined ? {} : { ca });
  }

  /** Resolves with a success; rejects with an `ExportError` for any other answer, and for none. */
  async post(url: URL, body: string, context: NotifierContext, more: PostOptions = {}): Promise<Answer> {
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'telltale-alerts',
      ...lowerCased(this.options.headers),
      ...more.headers,
    };
    let answer: Answer;
    try {
      answer = await this.http.send({ url, headers, body }, context);
    } catch (error) {
      if (!(error instanceof ExportError)) throw error;
      throw this.masked(error);
    }
    const failure = answerError(answer, more);
    if (failure === undefined) return answer;
    const { status } = answer;
    throw this.masked(failure, MENDED_OUTSIDE.includes(status) || more.mendedOutside?.(answer) === true);
  }

  /** A success that is none: a proxy or a login page answered. */
  notTheReceiver({ target, status }: Answer, expected: string): ExportError {
    return this.masked(
      new ExportError(`${target} answered ${status}, but not ${expected}: does a proxy answer in its place?`),
    );
  }

  close(): void {
    this.http.close();
  }

  /** Without its cause, which may have the address as well. */
  private masked(error: ExportError, retryable: boolean = error.retryable): ExportError {
    const { outcomeUnknown, retryAfter } = error;
    let message = messageOf(error);
    for (const { origin, pathname } of this.options.urls) {
      if (pathname !== '/') message = message.replaceAll(`${origin}${pathname}`, `${origin}/…`);
    }
    for (const secret of this.secrets) message = message.replaceAll(secret, '…');
    return new ExportError(message, {
      retryable: retryable || error.retryable,
      outcomeUnknown,
      ...(retryAfter !== undefined && { retryAfter }),
    });
  }
}

export interface PostOptions extends AnswerErrorOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** An answer that blames the request, though credentials or addresses are at fault. */
  mendedOutside?(answer: Answer): boolean;
}

/** Headers of a request. Throws `ERR_OPTION` for what is none, without showing values. */
export function checkHeaders(path: string, headers: Readonly<Record<string, string>> | undefined): void {
  if (headers === undefined) return;
  if (typeof headers !== 'object' || headers === null) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"${path}" is no object; give headers, such as \`{ authorization: 'Bearer …' }\`.`,
    );
  }
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      if (typeof value !== 'string') throw new TypeError('no string');
      validateHeaderValue(name, value);
    } catch {
      throw new TelemetryError(
        'ERR_OPTION',
        `"${path}" has ${JSON.stringify(name)}, which cannot be a header, or whose value cannot; give visible ASCII characters.`,
      );
    }
  }
}

function lowerCased(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Whole parts of an address, as they are and decoded, and its longer segments by themselves. */
function secretsOf({ pathname, search, username, password }: URL): readonly string[] {
  const segments = pathname.split('/').filter((part) => SECRET_PART.test(part));
  const parts = [
    pathname,
    search,
    search.slice(1),
    username,
    password,
    ...segments,
    ...new URLSearchParams(search).values(),
  ];
  return parts.flatMap((part) => [part, decoded(part)]);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
