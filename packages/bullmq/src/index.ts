export type { BullmqSpan } from './bullmq-span.ts';
export { type BullmqTelemetry, type BullmqTracer, bullmqTelemetry } from './bullmq-telemetry.ts';
export type { Context } from './context.ts';
export type { BullmqContextManager } from './context-manager.ts';
export { type AddedJob, type ObservableQueue, observeQueue } from './observe-queue.ts';
export { type ObservableWorker, observeWorker } from './observe-worker.ts';
