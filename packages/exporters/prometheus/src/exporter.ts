import type { AddressInfo } from 'node:net';
import { type Exporter, type MetricsSource, TelemetryError } from '@telltale/core';
import { createHandler, type ScrapeHandler, type ScrapeOrReason } from './handler.ts';
import { LedServer } from './led-server.ts';
import { type Negotiated, negotiate, negotiateText } from './negotiate.ts';
import { type PrometheusOptions, resolveOptions } from './options.ts';
import { Scraper } from './scrape.ts';
import { MetricsServer } from './server.ts';

/** A whole scrape in one of the text formats. */
export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/** A whole scrape in any format. */
export interface BinaryExposition {
  readonly contentType: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Serves metrics to Prometheus. */
export interface PrometheusExporter extends Exporter {
  /** For a route of the service's own server: `app.get('/metrics', metrics.handler)`. Bound; never throws. */
  readonly handler: ScrapeHandler;
  /** A scrape as text: protobuf is not negotiated. `accept` is the request's header. The text is one string, which at 100,000 series takes 20 ms to put together; `handler` streams. Rejects before the telemetry is created and after its shutdown. */
  render(accept?: string): Promise<Exposition>;
  /** The same for everything else that can answer a scrape, in all formats. */
  renderBytes(accept?: string): Promise<BinaryExposition>;
  /** Where the exporter's own server listens, while it does. */
  readonly address: AddressInfo | undefined;
}

const NOT_STARTED = 'Telltale is not running yet: give this exporter to createTelemetry({ exporters: [...] })';
const SHUT_DOWN = 'Telltale has been shut down';

/** Serves metrics in the Prometheus text format, in OpenMetrics and in protobuf. Throws a `TelemetryError` for options that cannot be. */
export function prometheus(options: PrometheusOptions = {}): PrometheusExporter {
  const resolved = resolveOptions(options);
  let source: MetricsSource | undefined;
  let scraper: Scraper | undefined;
  let server: LedServer | undefined;
  let isShutDown = false;

  const current = (): ScrapeOrReason => scraper ?? { reason: isShutDown ? SHUT_DOWN : NOT_STARTED };
  const handler = createHandler(current, (message) => source?.problem('scrape', message));

  const whole = async (form: Negotiated): Promise<Buffer<ArrayBuffer>> => {
    const now = current();
    if ('reason' in now) throw new TelemetryError('ERR_EXPORTER', now.reason);
    const buffers: Buffer[] = [];
    let slice = await now.scrape(form);
    buffers.push(...slice.buffers);
    while (slice.next !== undefined) {
      slice = await slice.next();
      buffers.push(...slice.buffers);
    }
    return Buffer.concat(buffers);
  };

  return {
    name: resolved.name,
    handler,

    async start(from) {
      if (source !== undefined) {
        throw new TelemetryError(
          'ERR_EXPORTER',
          'a prometheus() serves one telemetry: make another for the second one',
        );
      }
      source = from;
      scraper = new Scraper(from, resolved);
      if (resolved.port === undefined) return;
      const { port, host, path } = resolved;
      server = new LedServer(() => new MetricsServer({ port, host, path }, handler), from);
      await server.start();
    },

    async render(accept) {
      const form = negotiateText(accept);
      return { contentType: form.contentType, body: (await whole(form)).toString() };
    },

    async renderBytes(accept) {
      const form = negotiate(accept);
      return { contentType: form.contentType, body: await whole(form) };
    },

    get address() {
      return server?.current?.address;
    },

    async shutdown() {
      isShutDown = true;
      scraper = undefined;
      await server?.close();
    },
  };
}
