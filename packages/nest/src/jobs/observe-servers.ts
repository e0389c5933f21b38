import type { ModulesContainer } from '@nestjs/core';
import { type JobOptions, messageOf, type Telemetry } from '@telltale/core';
import { Delivery } from './delivery.ts';
import { contextOf } from './message-context.ts';
import { headersOf } from './message-headers.ts';
import { isRpc, patternText } from './pattern-text.ts';

type Handler = ((...args: unknown[]) => unknown) & { readonly next?: unknown };

/** What is needed of a server of @nestjs/microservices, or of a custom transport. */
interface MessageServer {
  readonly transportId?: unknown;
  addHandler(pattern: unknown, handler: Handler, ...rest: unknown[]): unknown;
}

/** By the numbers of Nest's `Transport`. */
const TRANSPORTS: readonly unknown[] = ['tcp', 'redis', 'nats', 'mqtt', 'grpc', 'rmq', 'kafka'];
/** Registered, so that two copies of this package know of each other. */
const OBSERVED = Symbol.for('telltale.nest.server');

/** Makes each message that a server of this application hands to a handler a job: of all servers, also those that are connected later. */
export function observeServers(modules: Pick<ModulesContainer, 'getRpcTargetRegistry'>, telemetry: Telemetry): void {
  modules.getRpcTargetRegistry<MessageServer & { [OBSERVED]?: true }>().subscribe((server) => {
    try {
      if (server[OBSERVED]) return;
      server[OBSERVED] = true;
      observeServer(server, telemetry);
    } catch (error) {
      telemetry.problem('nest servers', () => `A microservice server cannot be observed: ${messageOf(error)}`);
    }
  });
}

function observeServer(server: MessageServer, telemetry: Telemetry): void {
  const { addHandler } = server;
  server.addHandler = (pattern, handler, ...rest) => {
    const received = receiver(telemetry, pattern, server.transportId);
    // Nest keeps notes on handlers, so it is the same one, but for calls.
    const observed = new Proxy(handler, { apply: received });
    return addHandler.call(server, pattern, observed, ...rest);
  };
}

/** Calls a handler for a message, observed. */
function receiver(telemetry: Telemetry, pattern: unknown, transportId: unknown) {
  const name = patternText(pattern);
  const options = optionsFor(name, pattern, `nest.${transportName(transportId)}`);
  return (handler: Handler, self: unknown, args: unknown[]): unknown => {
    // Also where an event's handler is called by the one before it: it is no part of that.
    const job = telemetry.job(name, { ...options, parent: contextOf(telemetry, headersOf(args)) });
    return new Delivery(job, { joined: handler.next !== undefined }).receive(() => Reflect.apply(handler, self, args));
  };
}

function optionsFor(name: string, pattern: unknown, queue: string): JobOptions {
  const spanAttributes = isRpc(pattern)
    ? { 'rpc.system': 'grpc', 'rpc.service': pattern.service, 'rpc.method': pattern.rpc }
    : { 'messaging.operation.type': 'process', 'messaging.destination.name': name };
  return { queue, spanName: `process ${name}`, spanAttributes };
}

function transportName(id: unknown): string {
  if (typeof id === 'symbol') return id.description ?? 'custom';
  const name = typeof id === 'number' ? TRANSPORTS[id] : id;
  return typeof name === 'string' ? name : 'custom';
}
