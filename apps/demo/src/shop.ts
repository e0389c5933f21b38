import { setTimeout as sleep } from 'node:timers/promises';
import type { MetricsSnapshot, Telemetry } from '@telltale/core';
import { dashboard } from '@telltale/dashboard';
import { observeHttpCalls } from '@telltale/http-client';
import { type BackendCount, startStandIns } from '@telltale-internal/fleet';
import type { RequestHandler } from 'express';
import { startAlarms } from './alarms.ts';
import type { DeliveryProof } from './deliveries.ts';
import { createDrill } from './drill.ts';
import { createGateway } from './gateway.ts';
import { type InvoiceCount, openInvoices } from './invoices.ts';
import { listen } from './listen.ts';
import { openLive } from './live.ts';
import { openLog } from './logs.ts';
import { startNightlyEtl } from './nightly-etl.ts';
import { openOffers } from './offers.ts';
import type { OffersCount } from './offers-thread.ts';
import { createOperators } from './operators.ts';
import { openPayments } from './payments.ts';
import { createPaymentsClient } from './payments-client.ts';
import { startPostgresThread } from './postgres-thread.ts';
import { startQueueBackend } from './queue-backend.ts';
import { openQueues } from './queues.ts';
import type { Settings } from './settings.ts';
import { createShopTelemetry } from './telemetry.ts';
import { startThumbnails } from './thumbnails.ts';
import { startWorkers } from './worker.ts';

/** Seconds that jobs may take to end when the shop closes. */
const DRAIN_SECONDS = 60;
const DRAIN_STEP_MS = 50;

/** What is known when everything has ended. */
interface Closed {
  readonly totals: MetricsSnapshot;
  readonly proof: DeliveryProof;
  readonly unfinished: number;
  readonly backends: readonly BackendCount[];
  /** Spans and events that telemetry handed to its exporters. */
  readonly handed: { readonly spans: number; readonly events: number };
  /** What the service of offers did, and the spans that OpenTelemetry's instrumentations made of it. */
  readonly offers: OffersCount;
  readonly instrumented: ReadonlyMap<string, number>;
  /** What the function on Lambda wrote. */
  readonly invoices: InvoiceCount;
}

export interface Shop {
  readonly port: number;
  readonly queues: string;
  snapshot(): MetricsSnapshot;
  /** Finishes what is under way, requests first, then their jobs, then telemetry, and closes everything. */
  close(): Promise<Closed>;
}

export interface ShopOptions {
  /** Sees every customer's request first. */
  readonly door: RequestHandler;
  readonly load: () => unknown;
  readonly onProblem: (message: string) => void;
}

/** Opens the whole shop in this process: gateway, payments, queues, workers, threads, nightly job. */
export async function openShop(settings: Settings, { door, load, onProblem }: ShopOptions): Promise<Shop> {
  const standIns = await startStandIns();
  const { telemetry, metrics, traces, instrumented, delivered } = createShopTelemetry({
    console: settings.console,
    otlpUrl: settings.otlpUrl,
    addresses: standIns.addresses,
    onProblem,
  });
  const closing = new AbortController();
  const backend = await startQueueBackend(settings);
  const paymentsService = await openPayments(telemetry.forService('payments', { version: '2.1.0' }));
  const payments = createPaymentsClient(paymentsService.host);
  // Queues on Redis leave it without a Postgres.
  const ownPostgres = backend.postgres === undefined ? await startPostgresThread() : undefined;
  const offers = await openOffers({
    postgres: backend.postgres ?? ownPostgres?.address ?? '',
    payments: paymentsService.host,
    redis: settings.redisUrl,
  });
  // The customers of the demo are in this process, too: their calls of the shop are none of the shop's.
  observeHttpCalls(telemetry, {
    names: { [paymentsService.host]: 'payments', [offers.host]: 'offers' },
    operation: ({ path }) =>
      path.startsWith('/charges') ? 'charge' : path.startsWith('/offers') ? 'offer' : 'receipt',
    skip: ({ host }) => host !== paymentsService.host && host !== offers.host,
  });
  const { log, recent } = openLog(telemetry);
  const queues = await openQueues(telemetry, backend);
  const workers = await startWorkers(telemetry, backend, payments);
  const thumbnails = startThumbnails(telemetry);
  const invoices = await openInvoices(telemetry, onProblem);
  const nightlyEtl = startNightlyEtl(telemetry);
  const drill = createDrill({ telemetry, backend, onProblem });
  const alarms = startAlarms(telemetry);
  const page = dashboard(telemetry, { title: 'The shop', alerts: alarms });
  const operators = createOperators({
    telemetry,
    page,
    drill: { drill, messages: alarms.messages },
    metrics,
    traces,
    instrumented,
    logs: recent,
    invoices,
    load,
  });
  operators.use(door);
  const gateway = createGateway({
    telemetry,
    log,
    payments,
    offers,
    queues,
    invoices,
    thumbnails,
    operators,
    closing: closing.signal,
  });
  const gatewayServer = await listen(gateway, settings.port, settings.host);
  const live = openLive(gatewayServer.server);

  async function drain(): Promise<number> {
    const deadline = performance.now() + DRAIN_SECONDS * 1000;
    for (;;) {
      const unfinished = await queues.unfinished();
      if (unfinished === 0 || performance.now() > deadline) return unfinished;
      await sleep(DRAIN_STEP_MS);
    }
  }

  return {
    port: gatewayServer.port,
    queues: backend.description,
    snapshot: () => telemetry.snapshot(),
    async close() {
      closing.abort();
      live.close();
      await drill.close();
      await alarms.stop();
      await page.close();
      await Promise.all([gatewayServer.close(), nightlyEtl.stop()]);
      const offersMade = await offers.close();
      await ownPostgres?.stop();
      const unfinished = await drain();
      await workers.close();
      await paymentsService.close();
      const invoicesWritten = await invoices.close();
      // Nothing happens any more: what telemetry knows now is what must be delivered.
      const totals = telemetry.snapshot();
      await telemetry.shutdown();
      await thumbnails.close();
      await queues.close();
      await backend.stop();
      const backends = await standIns.counts();
      standIns.close();
      return {
        totals,
        proof: delivered.compare(totals),
        unfinished,
        backends,
        handed: handedOver(telemetry),
        offers: offersMade,
        instrumented: instrumented.counts,
        invoices: invoicesWritten,
      };
    },
  };
}

/** The most that any exporter was handed: those that took all. */
function handedOver(telemetry: Telemetry): Closed['handed'] {
  const { exporters } = telemetry.health();
  const most = (signal: 'spans' | 'events'): number =>
    Math.max(
      ...exporters.map(({ signals }) => {
        const { accepted = 0, rejected = 0, dropped = 0 } = signals[signal] ?? {};
        return accepted + rejected + dropped;
      }),
    );
  return { spans: most('spans'), events: most('events') };
}
