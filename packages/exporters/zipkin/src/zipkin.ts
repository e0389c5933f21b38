import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import { type Exporter, messageOf, TelemetryError } from '@telltale/core';
import {
  answerError,
  checkExporterOptions,
  type ExporterOptions,
  exporterOf,
  sendParcels,
} from '@telltale/exporter-kit';
import { readableSpans } from './readable-spans.ts';
import { watchedRequest } from './watched-request.ts';

export interface ZipkinOptions extends ExporterOptions {
  /** The whole address; default `http://localhost:9411/api/v2/spans`. */
  readonly url?: string;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** `64` cuts trace ids to their second half, for servers and other services that know no longer ones. Default 128. */
  readonly traceIdBits?: 64 | 128;
}

/** Spans of one request. The API names no limit. */
const MAX_SPANS = 1000;

/** Sends spans to Zipkin, by OpenTelemetry's exporter. Throws `ERR_OPTION` for options that cannot be. */
export function zipkin(options: ZipkinOptions = {}): Exporter {
  checkExporterOptions('zipkin', options, ['url', 'headers', 'traceIdBits']);
  const { url = 'http://localhost:9411/api/v2/spans', headers = {}, traceIdBits = 128 } = options;
  checkUrl(url);
  checkHeaders(headers);
  if (traceIdBits !== 64 && traceIdBits !== 128) {
    throw new TelemetryError('ERR_OPTION', `"zipkin.traceIdBits" is ${String(traceIdBits)}; give 64 or 128.`);
  }
  const { origin, pathname } = new URL(url);
  // Without the query: keys may be in it.
  const target = `${origin}${pathname}`;
  let exporter: Promise<ZipkinExporter> | undefined;
  const load = (): Promise<ZipkinExporter> => {
    exporter ??= import('@opentelemetry/exporter-zipkin').then(
      (library) => new library.ZipkinExporter({ url, headers }),
    );
    return exporter;
  };
  return exporterOf('zipkin', options, {
    name: 'zipkin',
    backend: 'zipkin',
    exportSpans: (spans, context) =>
      sendParcels(
        spans.map((span) => ({ payload: span, items: [span] })),
        {
          context,
          maxWeight: MAX_SPANS,
          // Zipkin shows spans of one id as one.
          whenUnknown: 'again',
          // The library writes the body itself, about as long as this.
          encode: (batch) => JSON.stringify(batch),
          send: async (body, batch) => {
            const official = await load();
            await context.request?.(Buffer.byteLength(body));
            context.signal.throwIfAborted();
            const readable = readableSpans(batch, traceIdBits);
            const answer = await watchedRequest(target, () => official.export(readable, () => {}), context.signal);
            const error = answerError(answer, { credentials: 'check `headers`' });
            if (error !== undefined) throw error;
          },
        },
      ),
  });
}

function checkUrl(url: string): void {
  const refuse = (why: string): TelemetryError =>
    new TelemetryError('ERR_OPTION', `"zipkin.url" is ${JSON.stringify(url)}, ${why}`);
  if (typeof url !== 'string' || !/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    throw refuse("which is no URL of http or https; give the whole address: 'http://zipkin:9411/api/v2/spans'.");
  }
  // The base is what other exporters take, and Zipkin answers it with its page.
  if (new URL(url).pathname === '/') throw refuse(`which has no path; write '${new URL('/api/v2/spans', url).href}'.`);
}

function checkHeaders(headers: Readonly<Record<string, string>>): void {
  try {
    for (const [name, value] of Object.entries(headers)) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
  } catch (error) {
    throw new TelemetryError('ERR_OPTION', `"zipkin.headers" cannot be sent: ${messageOf(error)}.`, { cause: error });
  }
}
