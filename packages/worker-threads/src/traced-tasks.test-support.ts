import { parentPort, threadId } from 'node:worker_threads';
import { propagation } from '@opentelemetry/api';
import { createTelemetry } from '@telltale/core';
import { observeTask } from './index.ts';
import { crash, describe as describePayload, type Gate, hold, leave } from './tasks.test-support.ts';

// What threads of the tests do that have a telemetry of their own.

const telemetry = createTelemetry({ service: { name: 'thread' }, shutdown: { signals: false } });

export interface Found {
  readonly payload: string;
  readonly trace: ReturnType<typeof telemetry.logFields>;
  readonly tenant: string | undefined;
  readonly threadId: number;
}

/** What it is given, and the trace and baggage that are active. */
export const find = observeTask(async (payload: unknown): Promise<Found> => {
  await new Promise((resolve) => setImmediate(resolve));
  const tenant = propagation.getBaggage(telemetry.activeContext())?.getEntry('tenant')?.value;
  return { payload: describePayload(payload), trace: telemetry.logFields(), tenant, threadId };
}, telemetry);

/** What a thread of a pool by hand is sent. */
export interface Message {
  readonly task: 'hold' | 'find' | 'crash' | 'leave';
  readonly payload?: unknown;
}

const receive = observeTask(async ({ task, payload }: Message): Promise<void> => {
  if (task === 'hold') parentPort?.postMessage(hold(payload as Gate));
  else if (task === 'find') parentPort?.postMessage(await find(payload));
  else if (task === 'crash') await crash('by hand');
  else leave(0);
}, telemetry);

parentPort?.on('message', (message: Message) => {
  // Threads of piscina and tinypool get messages of theirs.
  if (!('port' in message)) void receive(message);
});
