import type { ExportContext } from '@telltale/core';
import { type AwsErrorHints, awsError } from './aws-error.ts';
import { HttpClient } from './http-client.ts';

/** As much of a client of the AWS SDK (v3) as exporters use. */
export interface AwsClient {
  send(command: object, options?: { readonly abortSignal?: AbortSignal }): Promise<unknown>;
  destroy?(): void;
  readonly config?: object;
}

/** As much of a command of the AWS SDK as is touched: where steps are added. */
interface AwsCommand {
  readonly middlewareStack: {
    add(
      middleware: (next: Next) => Next,
      options: { readonly step: 'finalizeRequest'; readonly priority: 'low' },
    ): void;
  };
}

type Next = (args: { readonly request: AwsRequest }) => Promise<unknown>;

interface AwsRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface AwsAnswer {
  readonly response: {
    readonly statusCode: number;
    readonly headers: Readonly<Record<string, string | undefined>>;
    readonly body: Uint8Array;
  };
}

/** What is known of a call while the SDK has it. */
interface Call {
  readonly context: Pick<ExportContext, 'signal' | 'request'>;
  requested: boolean;
}

/** Codes of connections that were never made, so nothing was sent over them. */
const NOT_CONNECTED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS)/;
/** Milliseconds that a request may take which the SDK makes on its own, for credentials. */
const OWN_REQUEST_MS = 10_000;

/** For `requestHandler` of a client of the AWS SDK: sends with `HttpClient`, so that it is known whether a body had been sent, and waits for nobody. */
export class AwsRequestHandler {
  private readonly http = new HttpClient();
  readonly metadata = { handlerProtocol: 'http/1.1' };

  async handle(
    request: AwsRequest,
    options: { readonly abortSignal?: AbortSignal; readonly call?: Call } = {},
  ): Promise<AwsAnswer> {
    const { call, abortSignal = AbortSignal.timeout(OWN_REQUEST_MS) } = options;
    if (call !== undefined) call.requested = true;
    const answer = await this.http.send(
      {
        url: urlOf(request),
        method: request.method as 'POST',
        headers: request.headers,
        body: (request.body ?? '') as string | Uint8Array,
      },
      call?.context ?? { signal: abortSignal },
    );
    return { response: { statusCode: answer.status, headers: answer.headers, body: answer.body } };
  }

  destroy(): void {
    this.http.close();
  }

  /** The SDK would set time limits and the like; ours come from the push loop. */
  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): object {
    return {};
  }
}

/**
 * Makes one call with a client of the AWS SDK: with the rate limit and the time limit of the context, and what it rejects with says what became of the
 * batch. With clients that have an `AwsRequestHandler`, exactly; with those of users, by the kind of failure, when in doubt as of unknown outcome.
 */
export async function callAws(
  client: AwsClient,
  command: object,
  context: Pick<ExportContext, 'signal' | 'request'>,
  hints: Omit<AwsErrorHints, 'sent'>,
): Promise<unknown> {
  const { signal } = context;
  signal.throwIfAborted();
  const call: Call = { context, requested: false };
  const ours = (client.config as { requestHandler?: unknown } | undefined)?.requestHandler instanceof AwsRequestHandler;
  if (!ours) announce(command as AwsCommand, call);
  let onAbort = (): void => {};
  // Credentials may take longer than the call has: the SDK does not stop looking for them.
  const stopped = new Promise<never>((_, reject) => {
    onAbort = () => {
      if (!call.requested) reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([client.send(command, { abortSignal: signal, call } as object), stopped]);
  } catch (error) {
    if (signal.aborted && (error === signal.reason || !call.requested)) throw signal.reason;
    const { code = '', message = '' } = (error ?? {}) as NodeJS.ErrnoException;
    const connected = !NOT_CONNECTED.test(code) && !/did not establish a connection|connect timed? ?out/i.test(message);
    throw awsError(error, { ...hints, sent: call.requested && connected });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Says of a request that a client of a user's own is about to make what `HttpClient` says of ours. */
function announce(command: AwsCommand, call: Call): void {
  const step =
    (next: Next): Next =>
    async (args) => {
      await call.context.request?.(Buffer.byteLength((args.request.body ?? '') as string | Uint8Array));
      call.requested = true;
      return next(args);
    };
  command.middlewareStack.add(step, { step: 'finalizeRequest', priority: 'low' });
}

function urlOf({ protocol, hostname, port, path, query = {} }: AwsRequest): URL {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
  for (const [key, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value ?? '']) url.searchParams.append(key, one);
  }
  return url;
}
