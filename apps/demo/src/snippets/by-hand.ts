import { consoleExporter, createTelemetry } from '@telltale/core';

const telemetry = createTelemetry({ service: { name: 'warehouse' }, exporters: [consoleExporter()] });

// A job: how long, how much, how far, and how it ended.
await telemetry.job('nightly-etl', { attributes: { 'tenant.id': 'acme' } }, async (job) => {
  job.records('extracted', 1000);
  job.bytes('read', 1e6);
  job.progress(40, 100);
  job.chunk(0.25); // seconds
});

// A call of another service; `inject` takes the trace along.
const order = await telemetry.boundary({ to: 'orders', operation: 'read', protocol: 'http' }, async (call) => {
  const headers: Record<string, string> = {};
  call.inject(headers);
  const response = await fetchOrder(7, headers);
  call.status(response.status);
  return response.json();
});

// A pool of workers, which telemetry watches and does not run.
const pool = telemetry.workerPool('thumbnails', { size: 4 });
const thumbnail = await pool.task('resize', async () => ({ width: 160, of: order }));

// A span, and metrics of your own. `bind` finds the series once; recording on it is free.
const price = telemetry.span('price', () => 42);
telemetry.histogram('order.value', { unit: 'EUR', buckets: [10, 50, 100] }).record(price, { plan: 'pro' });
const shipped = telemetry.counter('parcels', { unit: '{parcel}', description: 'Parcels sent.' }).bind({ size: 's' });
shipped.add(thumbnail.width);

await telemetry.shutdown();

/** Stands for `fetch`. */
async function fetchOrder(id: number, headers: Readonly<Record<string, string>>): Promise<Response> {
  return Response.json({ id, traceparent: headers.traceparent });
}
