import type { Client, Metadata, ServiceError } from '@grpc/grpc-js';
import { type ExportContext, messageOf, type Signal } from '@telltale/core';
import { loadPeer, type ParcelAnswer } from '@telltale/exporter-kit';
import { type GrpcFailure, grpcError } from './grpc-error.ts';
import type { OtlpSettings } from './otlp-settings.ts';
import { readResponse } from './read-answer.ts';
import { headersOf } from './request-headers.ts';
import type { Sender } from './sender.ts';

type Grpc = typeof import('@grpc/grpc-js');

/** opentelemetry/proto/collector/{metrics,trace,logs}/v1/*_service.proto. */
const METHODS = {
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  spans: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  events: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
} as const satisfies Record<Signal, string>;

/** grpc-js's number for gzip. */
const GZIP = 2;
/** Milliseconds after which a lost connection is tried again at the latest: when to try is the push loop's to decide. */
const MAX_RECONNECT_MS = 5000;

/** OTLP over gRPC (opentelemetry.io/docs/specs/otlp/#otlpgrpc), by `@grpc/grpc-js`, which is loaded when it is first needed. */
export class GrpcSender implements Sender {
  private readonly maker: string;
  private readonly settings: OtlpSettings;
  private readonly clients = new Map<string, Client>();

  constructor(maker: string, settings: OtlpSettings) {
    this.maker = maker;
    this.settings = settings;
  }

  async start(): Promise<void> {
    await this.load();
  }

  async send(signal: Signal, body: string | Uint8Array, context: ExportContext): Promise<ParcelAnswer> {
    const grpc = await this.load();
    const metadata = new grpc.Metadata();
    for (const [name, value] of Object.entries(await headersOf(this.maker, this.settings.headers, context))) {
      metadata.set(name, value);
    }
    await context.request?.(body.length);
    context.signal.throwIfAborted();
    const url = this.settings.urls[signal] as URL;
    const answer = await this.call(
      this.clientOf(grpc, url),
      url,
      METHODS[signal],
      body as Uint8Array,
      metadata,
      context,
    );
    try {
      return readResponse(answer);
    } catch (error) {
      return { reason: `${url.host} answered with what is no OTLP (${messageOf(error)})` };
    }
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
    this.clients.clear();
  }

  private load(): Promise<Grpc> {
    return loadPeer('@grpc/grpc-js', `${this.maker}() with protocol: 'grpc'`, () => import('@grpc/grpc-js'));
  }

  private clientOf(grpc: Grpc, url: URL): Client {
    const known = this.clients.get(url.origin);
    if (known !== undefined) return known;
    const { ca, compression } = this.settings;
    const secure = url.protocol === 'https:';
    const credentials = secure
      ? grpc.credentials.createSsl(ca === undefined ? null : Buffer.from(ca))
      : grpc.credentials.createInsecure();
    const port = url.port === '' ? (secure ? '443' : '80') : url.port;
    const client = new grpc.Client(`${url.hostname}:${port}`, credentials, {
      'grpc.enable_retries': 0,
      'grpc.max_reconnect_backoff_ms': MAX_RECONNECT_MS,
      ...(compression === 'gzip' && { 'grpc.default_compression_algorithm': GZIP }),
    });
    this.clients.set(url.origin, client);
    return client;
  }

  private call(
    client: Client,
    url: URL,
    method: string,
    body: Uint8Array,
    metadata: Metadata,
    { signal }: ExportContext,
  ): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      let answered = false;
      const settle = (error: ServiceError | null, answer?: Buffer): void => {
        signal.removeEventListener('abort', stop);
        if (error === null) {
          resolve(answer ?? Buffer.alloc(0));
          return;
        }
        const failure: GrpcFailure = {
          host: url.host,
          code: error.code,
          details: error.details,
          answered: answered || Object.keys(error.metadata?.getMap() ?? {}).length > 0,
          // Until it is given a connection, a call says its target for a peer.
          sent: call.getPeer() !== client.getChannel().getTarget(),
          status: error.metadata?.get('grpc-status-details-bin').at(0),
        };
        if (signal.aborted && !failure.sent) reject(signal.reason);
        else reject(grpcError(failure, this.settings.credentials));
      };
      const call = client.makeUnaryRequest(
        method,
        (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
        (bytes: Buffer) => bytes,
        body,
        metadata,
        settle,
      );
      call.on('metadata', () => {
        answered = true;
      });
      const stop = (): void => call.cancel();
      signal.addEventListener('abort', stop);
    });
  }
}
