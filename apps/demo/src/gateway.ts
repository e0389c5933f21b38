import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Telemetry } from '@telltale/core';
import { expressTelemetry } from '@telltale/express';
import { Mutex } from 'async-mutex';
import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Logger } from 'pino';
import { ALL_PRODUCTS, findProduct } from './catalogue.ts';
import type { Invoices } from './invoices.ts';
import type { Offers } from './offers.ts';
import type { PaymentsClient } from './payments-client.ts';
import type { Queues } from './queues.ts';
import { REPORT_DAYS } from './report-days.ts';
import { sendEvents, sendReport } from './streams.ts';
import type { Thumbnails } from './thumbnails.ts';

/** Older orders are forgotten. */
const MAX_ORDERS = 1000;

export interface GatewayParts {
  readonly telemetry: Telemetry;
  readonly log: Logger;
  readonly payments: PaymentsClient;
  readonly offers: Offers;
  readonly queues: Queues;
  readonly invoices: Pick<Invoices, 'send'>;
  readonly thumbnails: Thumbnails;
  /** Mounted before telemetry: who looks at the shop's telemetry is no customer. */
  readonly operators: express.Router;
  /** Fires when the shop closes: streams without an end are ended. */
  readonly closing: AbortSignal;
}

/** What customers see of the shop. */
export function createGateway(parts: GatewayParts): Express {
  const { telemetry, log, payments, offers, queues, invoices, thumbnails, operators, closing } = parts;
  const orders = new Set<string>();
  const placed = telemetry.counter('orders', { unit: '{order}', description: 'Orders placed.' });
  const orderValue = telemetry.histogram('order.value', { unit: 'EUR', description: 'Value of an order.' });

  const stock = telemetry.lock('stock');
  const shelf = new Mutex();

  const app = express();
  app.use(operators);
  // Which shop of the chain it is: a few, but a header may say anything.
  app.use(expressTelemetry(telemetry, { enrich: { 'tenant.id': (request) => request.get('x-tenant'), limit: 10 } }));
  app.use(express.json());

  app.get('/products', async (_request, response) => {
    await sleep(Math.random() * 8);
    response.json(ALL_PRODUCTS);
  });

  app.get('/products/:id', async (request, response) => {
    const product = findProduct(Number(request.params.id));
    if (product === undefined) return void response.status(404).json({ error: 'no such product' });
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    await telemetry.span('ask the supplier', () => sleep(product.stockTakes, undefined, { signal: gone.signal }));
    response.json(product);
  });

  app.get('/products/:id/thumbnail', async (request, response) => {
    const { width, pixels, etag } = await thumbnails.render(Number(request.params.id), 160);
    response
      .type('image/x-portable-graymap')
      .set('ETag', `"${etag}"`)
      .send(Buffer.concat([Buffer.from(`P5 ${width} ${width} 255\n`), pixels]));
  });

  app.get('/products/:id/offer', async (request, response) => {
    const { status, body } = await offers.offer(Number(request.params.id));
    response.status(status).json(body);
  });

  app.post('/orders', async (request, response) => {
    const { product, quantity, email, card } = (request.body ?? {}) as Record<string, unknown>;
    if (
      typeof product !== 'number' ||
      !(Number(quantity) > 0) ||
      typeof email !== 'string' ||
      typeof card !== 'string'
    ) {
      return void response.status(422).json({ error: 'give product, quantity, email and card' });
    }
    const order = randomUUID();
    const amount = telemetry.span('price', () => (findProduct(product)?.price ?? 0) * Number(quantity));
    const status = await payments.charge({ order, amount, card });
    if (status === 402) return void response.status(402).json({ error: 'the card was declined' });
    if (status !== 201) {
      log.error({ order, status }, 'payments are not available');
      return void response.status(502).json({ error: 'payments are not available' });
    }
    // One order at a time takes from the shelf.
    await stock.run(
      (critical) => shelf.runExclusive(critical),
      () => sleep(Math.random() * 3),
    );
    orders.add(order);
    for (const oldest of orders) {
      if (orders.size <= MAX_ORDERS) break;
      orders.delete(oldest);
    }
    log.info({ order, amount }, 'order placed');
    placed.add(1, { payment: 'card' });
    orderValue.record(amount, { payment: 'card' });
    await queues.emails.add('order-confirmation', { order, to: email });
    invoices.send({ order, tenant: request.get('x-tenant') ?? '' });
    response.status(201).json({ order });
  });

  app.get('/orders/:id', async (request, response) => {
    await sleep(1 + Math.random() * 4);
    const isKnown = orders.has(request.params.id);
    response.status(isKnown ? 200 : 404).json(isKnown ? { order: request.params.id } : { error: 'no such order' });
  });

  app.post('/reports', async (_request, response) => {
    await queues.reports.add('sales', { days: REPORT_DAYS });
    response.status(202).end();
  });

  app.get('/report', (_request, response) => sendReport(response));
  app.get('/events', (request, response) => sendEvents(response, Number(request.query.count ?? Infinity), closing));

  app.use(onError);
  return app;
}

/** Answers what a route threw. Express's own would print it, and failures are what this shop is there to show. */
const onError: ErrorRequestHandler = (error: { status?: number; message: string }, _request, response, _next) => {
  if (response.headersSent || response.destroyed) return void response.destroy();
  response.status(error.status ?? 500).json({ error: error.message });
};
