import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { type ExportContext, ExportError } from '@telltale/core';
import { type Answer, answerError, HttpClient, type ParcelAnswer } from '@telltale/exporter-kit';

const compress = promisify(deflate);

/** Datadog's intakes: requests with the key, and what their answers mean. */
export class Intake {
  private readonly client = new HttpClient();
  private readonly apiKey: string;

  constructor(apiKey: string) {
    this.apiKey = apiKey;
  }

  /** `deflate`: the only compression that distribution points know. Rejects with an `ExportError`. */
  async post(
    url: URL,
    body: string,
    compression: 'gzip' | 'deflate',
    context: Pick<ExportContext, 'signal' | 'request'>,
  ): Promise<ParcelAnswer> {
    const headers = { 'dd-api-key': this.apiKey, accept: 'application/json' };
    const request =
      compression === 'gzip'
        ? { url, headers: { ...headers, 'content-type': 'application/json' }, body, gzip: true }
        : {
            url,
            headers: { ...headers, 'content-type': 'text/json', 'content-encoding': 'deflate' },
            body: await compress(body),
          };
    const answer = await this.client.send(request, context);
    const failure = failureOf(answer);
    if (failure !== undefined) throw failure;
    const errors = errorsOf(answer);
    return errors.length === 0 ? {} : { refusedCount: errors.length, reason: errors.join('; ') };
  }

  close(): void {
    this.client.close();
  }
}

function failureOf(answer: Answer): ExportError | undefined {
  const errors = errorsOf(answer);
  const error = answerError(answer, {
    credentials:
      'check that it is an API key (not an application key) of the organization on `site`: keys of one site are not known to the others',
    ...(errors.length > 0 && { reason: errors.join('; ') }),
  });
  // Seconds, of https://docs.datadoghq.com/api/latest/rate-limits/.
  const reset = Number(answer.headers['x-ratelimit-reset']);
  if (error === undefined || answer.status !== 429 || error.retryAfter !== undefined || !(reset >= 0)) return error;
  return new ExportError(error.message, { retryAfter: reset, cause: error });
}

/** `{"errors":["…"]}` of metrics, `{"errors":[{"title":"…","detail":"…"}]}` of logs; also of answers with success. */
function errorsOf({ body }: Answer): readonly string[] {
  try {
    const { errors } = JSON.parse(body.toString('utf8')) as { readonly errors?: unknown };
    if (!Array.isArray(errors)) return [];
    return errors.map((error: unknown) => {
      if (typeof error === 'string') return error;
      const { title, detail } = error as { readonly title?: unknown; readonly detail?: unknown };
      return String(detail ?? title ?? 'no reason given');
    });
  } catch {
    return [];
  }
}
