import 'reflect-metadata';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, HttpException, Module, Param, Post, Res, ServiceUnavailableException } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SpanKind } from '@opentelemetry/api';
import { createTelemetry, type Exporter, type FinishedSpan, type HistogramPoint, type Telemetry } from '@telltale/core';
import { expressTelemetry } from '@telltale/express';
import { observeHttpCalls } from '@telltale/http-client';
import { TelemetryModule } from '@telltale/nest';
import express, { type Response } from 'express';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

const ORDERS = 10_000;
const AT_ONCE = 50;
const TRIES = 5;

/** What a charge may come to, by its number: one in twenty fails, each in its turn in another way. */
type Fate = 'paid' | 'declined' | 'unavailable' | 'broken' | 'too slow';
const FAILURES: readonly Fate[] = ['unavailable', 'broken', 'too slow', 'declined'];
const fateOf = (charge: number): Fate => (charge % 20 === 19 ? FAILURES[Math.floor(charge / 20) % 4]! : 'paid');

/** What the callee does with a charge. */
interface Charges {
  next(): Fate;
  /** A charge has come that will not be answered: the caller may lose patience. */
  arrived(order: string): void;
}

interface Service {
  /** `127.0.0.1:port` */
  readonly host: string;
}

/** The called service: `POST /charges/:order` answers 201, 402 or 503, breaks the response off, or never answers. */
async function nestCallee(telemetry: Telemetry, charges: Charges): Promise<Service> {
  @Controller('charges')
  class ChargesController {
    @Post(':order')
    charge(@Param('order') order: string, @Res({ passthrough: true }) response: Response): unknown {
      const fate = charges.next();
      if (fate === 'paid') return { charged: order };
      if (fate === 'declined') throw new HttpException('card declined', 402);
      if (fate === 'unavailable') throw new ServiceUnavailableException('bank does not answer');
      if (fate === 'broken') response.destroy();
      else charges.arrived(order);
      return new Promise(() => {});
    }
  }

  @Module({ controllers: [ChargesController], imports: [TelemetryModule.forRoot(telemetry, { shutdown: false })] })
  class PaymentsModule {}

  const app = await NestFactory.create(PaymentsModule, { logger: false, forceCloseConnections: true });
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  return { host: new URL(await app.getUrl()).host };
}

async function expressCaller(telemetry: Telemetry, payments: string, impatient: Map<string, AbortController>) {
  const app = express();
  app.use(expressTelemetry(telemetry));
  app.post('/orders/:order', async (request, response) => {
    const { order } = request.params;
    for (let tries = 1; tries <= TRIES; tries++) {
      const patience = new AbortController();
      impatient.set(order, patience);
      try {
        const url = `http://${payments}/charges/${order}`;
        const answer = await fetch(url, { method: 'POST', signal: patience.signal });
        await answer.text();
        if (answer.status !== 503) return void response.status(answer.status === 201 ? 201 : 402).end();
      } catch {
        // Is tried again.
      } finally {
        impatient.delete(order);
      }
    }
    response.status(502).end();
  });
  return serve(app);
}

async function serve(app: RequestListener): Promise<Service> {
  const server = createServer(app);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A telemetry of its own, as a process of its own has it, with all its spans. */
function telemetryOf(name: string) {
  const spans: FinishedSpan[] = [];
  const exporter: Exporter = { name: 'spans', exportSpans: async (given) => void spans.push(...given) };
  const telemetry = createTelemetry({ service: { name }, exporters: [exporter], shutdown: { signals: false } });
  onTestFinished(() => telemetry.shutdown());
  const points = (metric: string) =>
    telemetry.snapshot().metrics.flatMap((one) => (one.name === metric ? [...one.points] : []));
  return {
    telemetry,
    spans,
    /** How many there were of each status and error. */
    counts: (metric: string) =>
      Object.fromEntries(
        (points(metric) as readonly HistogramPoint[]).map(({ attributes, count }) => [
          `${attributes['http.response.status_code'] ?? ''} ${attributes['error.type'] ?? ''}`.trim(),
          count,
        ]),
      ),
    total: (metric: string) => points(metric).reduce((sum, point) => sum + ('value' in point ? point.value : 0), 0),
    attributes: (metric: string) => points(metric).map(({ attributes }) => attributes),
  };
}

describe('two services, Express and Nest', () => {
  it('count the same calls, failures and retries, and are one trace', async () => {
    const [shop, payments] = [telemetryOf('shop'), telemetryOf('payments')];
    const impatient = new Map<string, AbortController>();
    let charges = 0;
    const callee = await nestCallee(payments.telemetry, {
      next: () => fateOf(charges++),
      arrived: (order) => void setImmediate(() => impatient.get(order)?.abort()),
    });
    // The customers are in this process, too.
    observeHttpCalls(shop.telemetry, {
      names: { [callee.host]: 'payments' },
      skip: ({ host }) => host !== callee.host,
    });
    const caller = await expressCaller(shop.telemetry, callee.host, impatient);

    const answers = new Map<number, number>();
    let next = 0;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let order = next++; order < ORDERS; order = next++) {
          const { status, body } = await fetch(`http://${caller.host}/orders/${order}`, { method: 'POST' });
          await body?.cancel();
          answers.set(status, (answers.get(status) ?? 0) + 1);
        }
      }),
    );
    await vi.waitFor(() => {
      expect(payments.total('http.server.active_requests')).toBe(0);
      expect(shop.total('boundary.active_calls')).toBe(0);
    });

    const fates = new Map<Fate, number>();
    for (let charge = 0; charge < charges; charge++) fates.set(fateOf(charge), (fates.get(fateOf(charge)) ?? 0) + 1);
    const count = (fate: Fate) => fates.get(fate) ?? 0;
    expect(charges).toBe(ORDERS + count('unavailable') + count('broken') + count('too slow'));
    expect(answers).toEqual(
      new Map([
        [201, count('paid')],
        [402, count('declined')],
      ]),
    );

    // The same number of each kind, by the words of each side.
    const [paid, declined, unavailable] = [count('paid'), count('declined'), count('unavailable')];
    expect(shop.counts('boundary.call.duration')).toEqual({
      201: paid,
      '402 402': declined,
      '503 503': unavailable,
      UND_ERR_SOCKET: count('broken'),
      AbortError: count('too slow'),
    });
    expect(payments.counts('http.server.request.duration')).toEqual({
      201: paid,
      402: declined,
      '503 ServiceUnavailableException': unavailable,
      '500 response_destroyed': count('broken'),
      '499 client_abort': count('too slow'),
    });
    for (const attributes of shop.attributes('boundary.call.duration')) {
      expect(attributes).toMatchObject({ 'boundary.from': 'shop', 'boundary.to': 'payments' });
    }

    // Each request of the callee is the child of the one call that made it, which is the child of the order that it was for.
    await Promise.all([shop.telemetry.flush(), payments.telemetry.flush()]);
    const byId = new Map(shop.spans.map((span) => [span.spanId, span]));
    const requests = payments.spans.filter(({ kind }) => kind === SpanKind.SERVER);
    expect([shop.spans.length, requests.length]).toEqual([ORDERS + charges, charges]);
    const wrong = requests.filter((served) => {
      const call = byId.get(served.parentSpanId ?? '');
      const order = byId.get(call?.parentSpanId ?? '');
      const isSame = served.traceId === call?.traceId && served.traceId === order?.traceId;
      return !isSame || call?.attributes['boundary.to'] !== 'payments' || order?.name !== 'POST /orders/:order';
    });
    expect(wrong).toEqual([]);
    expect(new Set(requests.map(({ parentSpanId }) => parentSpanId)).size).toBe(charges);
    expect(new Set(shop.spans.map(({ traceId }) => traceId)).size).toBe(ORDERS);
  }, 120_000);
});
