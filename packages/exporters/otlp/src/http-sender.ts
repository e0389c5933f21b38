import { type ExportContext, ExportError, type Signal } from '@telltale/core';
import { type Answer, answerError, compress, HttpClient, type ParcelAnswer } from '@telltale/exporter-kit';
import type { OtlpSettings } from './otlp-settings.ts';
import { readJsonResponse, readResponse, readStatusMessage } from './read-answer.ts';
import { asked, type Headers, headersOf, lowerCased } from './request-headers.ts';
import type { Sender } from './sender.ts';

const CONTENT_TYPE = { 'http/protobuf': 'application/x-protobuf', 'http/json': 'application/json' } as const;

/** OTLP over HTTP (opentelemetry.io/docs/specs/otlp/#otlphttp). */
export class HttpSender implements Sender {
  private readonly maker: string;
  private readonly settings: OtlpSettings;
  private readonly client: HttpClient;

  constructor(maker: string, settings: OtlpSettings) {
    this.maker = maker;
    this.settings = settings;
    this.client = new HttpClient(settings.ca === undefined ? {} : { ca: settings.ca });
  }

  async send(signal: Signal, body: string | Uint8Array, context: ExportContext): Promise<ParcelAnswer> {
    const { headers, authorize, compression, credentials, protocol } = this.settings;
    const url = this.settings.urls[signal] as URL;
    const plain = typeof body === 'string' ? Buffer.from(body) : body;
    const compressed = compression === 'gzip' ? await compress(plain) : undefined;
    const wire = compressed ?? plain;
    this.checkSize(signal, wire.byteLength);
    const own: Headers = {
      'content-type': CONTENT_TYPE[protocol as keyof typeof CONTENT_TYPE],
      'user-agent': 'telltale-otlp',
      ...(compressed !== undefined && { 'content-encoding': 'gzip' }),
      ...(await headersOf(this.maker, headers, context)),
    };
    const request = { url: url.href, method: 'POST', headers: own, body: wire } as const;
    const further =
      authorize === undefined ? {} : await asked(`${this.maker}.authorize`, () => authorize(request), context);
    const answer = await this.client.send(
      { url, headers: { ...own, ...lowerCased(further) }, body: wire, uncompressed: plain.byteLength },
      context,
    );
    const reason = readStatusMessage(answer.body, isJson(answer));
    const error = answerError(answer, {
      ...(credentials !== undefined && { credentials }),
      ...(reason !== undefined && { reason }),
    });
    if (error !== undefined) throw error;
    return answerOf(answer);
  }

  close(): void {
    this.client.close();
  }

  private checkSize(signal: Signal, bytes: number): void {
    const most = this.settings.limits[signal].compressedBytes;
    if (bytes <= most) return;
    throw new ExportError(`it has ${bytes} bytes when compressed, the most that may be sent is ${most}`, {
      divisible: true,
      retryable: false,
    });
  }
}

/** A proxy or a login page that answers instead of the backend has taken nothing. What else is no OTLP is a success, with a word. */
function answerOf(answer: Answer): ParcelAnswer {
  const { body, status, target } = answer;
  const type = answer.headers['content-type'] ?? '';
  if (type.includes('html')) {
    throw new ExportError(
      `${target} answered ${status} with a page of HTML, so it is no OTLP backend; check \`url\` and proxies`,
    );
  }
  if (body.byteLength === 0) return {};
  try {
    return isJson(answer) ? readJsonResponse(body.toString('utf8')) : readResponse(body);
  } catch {
    return { reason: `${target} answered ${status} with what is no OTLP (${type === '' ? 'no content-type' : type})` };
  }
}

function isJson(answer: Answer): boolean {
  return (answer.headers['content-type'] ?? '').includes('json');
}
