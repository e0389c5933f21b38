import { setTimeout as sleep } from 'node:timers/promises';
import type { Telemetry } from '@telltale/core';
import { expressTelemetry } from '@telltale/express';
import express, { type Express } from 'express';
import { CARDS } from './cards.ts';

/** A second service, in the same process for the demo's sake: `telemetry` is its own, and it is called over HTTP like any other. */
export function createPayments(telemetry: Telemetry): Express {
  const revenue = telemetry.counter('revenue', { unit: 'EUR', description: 'Charged to cards.' });
  const app = express();
  app.use(expressTelemetry(telemetry));
  app.use(express.json());

  app.post('/charges', async (request, response) => {
    const { amount, card } = request.body as { amount: number; card: string };
    await sleep(5 + Math.random() * 40);
    if (card === CARDS.declined) return void response.status(402).json({ error: 'card declined' });
    if (card === CARDS.unavailable) return void response.status(503).json({ error: 'bank does not answer' });
    revenue.add(amount, { currency: 'EUR' });
    response.status(201).json({ charged: amount });
  });

  app.get('/receipts/:order', async (request, response) => {
    await sleep(2 + Math.random() * 10);
    response.json({ order: request.params.order, text: 'Thank you.' });
  });

  return app;
}
