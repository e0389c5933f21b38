import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { messageOf, type Telemetry } from '@telltale/core';
import { attachTelemetry } from '../classes/wrap-method.ts';
import { classesIn, instancesIn, typeOf } from './container.ts';
import { currentDelivery } from './delivery.ts';
import { observeBullmq } from './observe-bullmq.ts';
import { clientsIn, observeClient } from './observe-client.ts';
import { observeGateways } from './observe-gateways.ts';
import { observeHandlers } from './observe-handlers.ts';
import { observeServers } from './observe-servers.ts';

/** An application and whose telemetry it writes to. */
export interface JobParts {
  readonly modules: ModulesContainer;
  readonly telemetry: Telemetry;
}

/**
 * Observes handlers of messages and schedules by their classes. To be called while Nest makes instances: all classes are known, and nobody has
 * taken a method from an instance yet. Never throws.
 */
export function observeJobClasses({ modules, telemetry }: JobParts): void {
  if (!telemetry.observes('job')) return;
  const scanner = new MetadataScanner();
  for (const { name, prototype } of classesIn(modules)) {
    carefully(telemetry, name, () => observeHandlers(prototype, scanner));
  }
  carefully(telemetry, 'microservice servers', () => observeServers(modules, telemetry));
  carefully(telemetry, 'gateways', () => observeGateways(modules, telemetry));
}

/**
 * Observes what only instances show: queues and workers of BullMQ, clients, providers of a factory. To be called when all instances are made,
 * before Nest's hooks, and once more after these. Never rejects.
 */
export async function observeJobInstances({ modules, telemetry }: JobParts): Promise<void> {
  const scanner = new MetadataScanner();
  const observed = telemetry.observes('job');
  for (const instance of instancesIn(modules)) {
    // Trace context goes out even when jobs are not observed here.
    observeClient(instance, telemetry);
    if (!observed) continue;
    carefully(telemetry, String(typeOf(instance)?.name), () => {
      const prototype: object | null = Object.getPrototypeOf(instance);
      // That of a factory belongs to no class that is known.
      if (prototype !== null && observeHandlers(prototype, scanner)) attachTelemetry(instance, telemetry);
    });
  }
  for (const client of clientsIn(modules)) observeClient(client, telemetry);
  if (!observed) return;
  try {
    await observeBullmq(modules, telemetry);
  } catch (error) {
    complain(telemetry, 'queues of BullMQ', error);
  }
}

/** For what wraps the guards, pipes, interceptors and filters of messages: tells the job of their error, of which Nest makes a plain reply. Does nothing elsewhere. */
export function messageFailed(error: unknown): void {
  currentDelivery()?.troubled(error);
}

function carefully(telemetry: Telemetry, subject: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    complain(telemetry, subject, error);
  }
}

function complain(telemetry: Telemetry, subject: string, error: unknown): void {
  telemetry.problem(`nest ${subject}`, () => `Jobs of ${subject} are not observed: ${messageOf(error)}`);
}
