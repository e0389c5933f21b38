import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { context, propagation } from '@opentelemetry/api';
import type { Redis } from 'ioredis';
import pg from 'pg';
import { ALL_PRODUCTS } from './catalogue.ts';
import { listen } from './listen.ts';
import type { OffersCount, OffersPlace } from './offers-thread.ts';

const TITLES = ['A bargain', 'Nearly new', 'The last one'];

/** Milliseconds for which Postgres is waited for at the end. */
const END_MS = 1000;

/** A service that knows OpenTelemetry and no Telltale. */
interface OffersService {
  readonly host: string;
  close(): Promise<OffersCount>;
}

/** An offer is a row of Postgres, its price the answer of payments, and where there is a Redis, that counts who looked. */
export async function openOffersService({ postgres, payments, redis }: OffersPlace): Promise<OffersService> {
  const count = { queries: 0, calls: 0, commands: 0 };
  const client = new pg.Client({ connectionString: postgres });
  await client.connect();
  const query = (text: string, values: readonly unknown[]): Promise<pg.QueryResult> => {
    count.queries++;
    return client.query(text, [...values]);
  };
  // Gone with the connection, whosever database it is.
  await query('create temp table offers (product int primary key, title text not null)', []);
  await query('insert into offers select id, $1 from generate_series(1, $2::int) as id', [
    TITLES[0],
    ALL_PRODUCTS.length,
  ]);
  const looks = redis === undefined ? undefined : openRedis(redis);

  async function offer(product: number): Promise<object | undefined> {
    const { rows } = await query('select title from offers where product = $1', [product]);
    if (rows.length === 0) return undefined;
    count.calls++;
    const { price } = (await (await fetch(`http://${payments}/prices/${product}`)).json()) as { price: number };
    if (looks !== undefined) count.commands++;
    const looked = await looks?.hincrby('telltale_demo:looks', String(product), 1);
    return { product, ...rows[0], price, looked };
  }

  const server = await listen((request, response) => {
    // With no instrumentation of servers, this is what makes the spans below part of the caller's trace.
    const caller = propagation.extract(context.active(), request.headers);
    context.with(caller, () => answer(request, response, offer)).catch(() => response.destroy());
  }, 0);
  return {
    host: `127.0.0.1:${server.port}`,
    async close() {
      await server.close();
      // The embedded Postgres serves its connections in turn: one that was cut off in a transaction must not hold this up.
      await Promise.race([client.end(), sleep(END_MS, undefined, { ref: false })]);
      looks?.disconnect();
      return count;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  offer: (product: number) => Promise<object | undefined>,
): Promise<void> {
  const found = await offer(Number(request.url?.split('/').at(-1)));
  response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(found ?? { error: 'no such offer' }));
}

/** By `require`, which instrumentations observe without a loader of their own; of pg they observe the files that it requires itself. */
function openRedis(url: string): Redis {
  const { Redis: Client } = createRequire(import.meta.url)('ioredis') as typeof import('ioredis');
  return new Client(url);
}
