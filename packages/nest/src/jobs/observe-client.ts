import type { Telemetry } from '@telltale/core';
import { type Containers, classOf, wrappersIn } from '../classes/container.ts';
import { memberOf } from './container.ts';
import { CLIENT, metadataOf } from './handler-metadata.ts';

interface Packet {
  metadata?: Record<string, string>;
}

/** What is needed of a `ClientProxy` of @nestjs/microservices; Nest 11 does not have it. */
interface MessageClient {
  setOnDispatchHook(hook: (packet: Packet) => void): unknown;
  /** The hook that is set. */
  readonly onDispatchHook?: (packet: Packet) => void;
}

/** Those whose servers hand the metadata of a packet to handlers. */
const CARRIERS: readonly string[] = ['ClientTCP', 'ClientRedis'];
/** Registered, so that two copies of this package know of each other. */
const OBSERVED = Symbol.for('telltale.nest.client');

/**
 * Makes a client of @nestjs/microservices send trace context and baggage with each message, from Nest 12 on and over TCP and Redis: Nest has
 * a place for them nowhere else. For clients that are made by hand; those that Nest injects are found. Returns the same client.
 */
export function observeClient<C extends object>(client: C, telemetry: Telemetry): C {
  if (!isClient(client) || client[OBSERVED] || !carries(client)) return client;
  client[OBSERVED] = true;
  const before = client.onDispatchHook;
  client.setOnDispatchHook((packet) => {
    before?.call(client, packet);
    const metadata = { ...packet.metadata };
    telemetry.inject(metadata);
    if (Object.keys(metadata).length > 0) packet.metadata = metadata;
  });
  return client;
}

/** The clients that an application has by Nest's `@Client` decorator, in instances of its classes. */
export function* clientsIn(modules: Containers): Generator<object> {
  for (const wrapper of wrappersIn(modules)) {
    const { instance } = wrapper;
    if (classOf(wrapper) === undefined || typeof instance !== 'object' || instance === null) continue;
    for (const key of Object.keys(instance)) {
      const client = metadataOf(CLIENT, instance, key) === undefined ? undefined : memberOf(instance, key);
      if (typeof client === 'object' && client !== null) yield client;
    }
  }
}

function isClient(value: object): value is MessageClient & { [OBSERVED]?: true } {
  return typeof memberOf(value, 'setOnDispatchHook') === 'function';
}

function carries(client: object): boolean {
  for (let type = Object.getPrototypeOf(client); type !== null; type = Object.getPrototypeOf(type)) {
    if (CARRIERS.includes(type.constructor?.name)) return true;
  }
  return false;
}
