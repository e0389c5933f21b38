// The thread of offers.ts: all of its telemetry is what OpenTelemetry's instrumentations write into Telltale's providers.
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { createPartTelemetry } from './part-telemetry.ts';

/** Where its neighbours are. */
export interface OffersPlace {
  readonly postgres: string;
  readonly payments: string;
  readonly redis: string | undefined;
}

/** What was done. */
export interface OffersCount {
  readonly queries: number;
  readonly calls: number;
  readonly commands: number;
}

const part = createPartTelemetry();
const telemetry = part.forService('offers', { version: '3.0.0' });
// The context that makes a query part of a request, and the headers by which the request has come, are the whole thread's.
telemetry.register();
const unregister = registerInstrumentations({
  tracerProvider: telemetry.tracerProvider,
  meterProvider: telemetry.meterProvider,
  instrumentations: [
    new PgInstrumentation(),
    new UndiciInstrumentation(),
    new IORedisInstrumentation(),
    new RuntimeNodeInstrumentation(),
  ],
});

// What is instrumented is loaded after that: hence no import above.
const { openOffersService } = await import('./offers-service.ts');
const service = await openOffersService(workerData as OffersPlace);
parentPort?.postMessage(service.host);
if (parentPort !== null) await once(parentPort, 'message');
const count = await service.close();
unregister();
await part.shutdown();
parentPort?.postMessage(count);
