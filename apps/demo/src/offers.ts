import { once } from 'node:events';
import { Worker as Thread } from 'node:worker_threads';
import type { OffersCount, OffersPlace } from './offers-thread.ts';

/** The service of offers, which OpenTelemetry's instrumentations observe and nothing else. */
export interface Offers {
  /** `127.0.0.1:4711` */
  readonly host: string;
  /** An HTTP status, and what was answered. */
  offer(product: number): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Resolves with what it did, by its own count. */
  close(): Promise<OffersCount>;
}

/** Opens it on a thread, as instrumentations concern the whole of a thread: here, the queues' database client would be observed, too. */
export async function openOffers(place: OffersPlace): Promise<Offers> {
  const thread = new Thread(new URL('./offers-thread.ts', import.meta.url), { workerData: place });
  const [host] = (await once(thread, 'message')) as [string];
  return {
    host,
    async offer(product) {
      const response = await fetch(`http://${host}/offers/${product}`);
      return { status: response.status, body: await response.json() };
    },
    async close() {
      thread.postMessage('stop');
      const [count] = (await once(thread, 'message')) as [OffersCount];
      await thread.terminate();
      return count;
    },
  };
}
