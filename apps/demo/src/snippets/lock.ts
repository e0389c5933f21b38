import { createTelemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';
import { Mutex } from 'async-mutex';

const telemetry = createTelemetry({ service: { name: 'shop' }, exporters: [prometheus()] });
const stock = telemetry.lock('stock');
const mutex = new Mutex();

/** What runs one at a time: whatever takes the lock is the first function, the work the second. */
export function reserve(sku: string): Promise<string> {
  return stock.run(
    (critical) => mutex.runExclusive(critical),
    async () => `reserved ${sku}`,
  );
}

/** The same by hand. */
export async function refill(load: () => Promise<void>): Promise<void> {
  const held = await stock.acquire(() => mutex.acquire());
  try {
    await load();
  } finally {
    held.release(); // `using held = …` does it by itself
  }
}

/** A Web Lock, shared by the readers of all threads; `deadlockAfter` is in seconds. */
const catalog = telemetry.lock('catalog', { deadlockAfter: 10 });

export function read(): Promise<number> {
  const mode = 'shared';
  return catalog.run(
    (critical) => navigator.locks.request('catalog', { mode }, critical),
    async () => 42,
    { mode },
  );
}

await Promise.all([reserve('x-1'), refill(async () => {}), read()]);
