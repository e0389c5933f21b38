import { ApplicationConfig } from '@nestjs/core';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { type JobOptions, messageOf, type Telemetry } from '@telltale/core';
import type { Containers } from '../classes/container.ts';
import { Delivery } from './delivery.ts';
import { patternText } from './pattern-text.ts';

type Callback = (...args: unknown[]) => unknown;

/** What an adapter is told of a method with `@SubscribeMessage`. */
interface Subscription {
  readonly message: unknown;
  readonly callback: Callback;
}

/** What is needed of Nest's `WebSocketAdapter`. */
interface SocketAdapter {
  bindClientConnect(server: unknown, callback: Callback): unknown;
  bindMessageHandlers(client: unknown, handlers: readonly Subscription[], ...rest: unknown[]): unknown;
}

/** Registered, so that two copies of this package know of each other. */
const OBSERVED = Symbol.for('telltale.nest.gateways');
const WEBSOCKET = 'websocket';
const GATEWAY = { silent: true };

/** Makes each message to a gateway of this application a job, whichever WebSocket adapter it will have. To be called before it has one. */
export function observeGateways(modules: Containers, telemetry: Telemetry): void {
  const config = configOf(modules);
  if (config === undefined) return;
  const { setIoAdapter } = config;
  config.setIoAdapter = (adapter) => {
    try {
      observeAdapter(adapter as unknown as SocketAdapter & { [OBSERVED]?: true }, telemetry);
    } catch (error) {
      telemetry.problem('nest gateways', () => `The WebSocket adapter cannot be observed: ${messageOf(error)}`);
    }
    setIoAdapter.call(config, adapter);
  };
}

/** The same one in all modules. */
function configOf(modules: Containers): ApplicationConfig | undefined {
  for (const { providers } of modules.values()) {
    const instance: unknown = providers.get(ApplicationConfig)?.instance;
    if (instance instanceof ApplicationConfig) return instance;
  }
  return undefined;
}

function observeAdapter(adapter: SocketAdapter & { [OBSERVED]?: true }, telemetry: Telemetry): void {
  if (adapter[OBSERVED]) return;
  adapter[OBSERVED] = true;
  const { bindClientConnect, bindMessageHandlers } = adapter;
  // Handlers are bound while their gateway is told of a connection.
  let queue = WEBSOCKET;
  adapter.bindClientConnect = (server, callback) => {
    const own = queueOf(server);
    const connected = (...args: unknown[]): unknown => {
      const before = queue;
      queue = own;
      try {
        return callback(...args);
      } finally {
        queue = before;
      }
    };
    return bindClientConnect.call(adapter, server, connected);
  };
  adapter.bindMessageHandlers = (client, handlers, ...rest) => {
    const observed = handlers.map((handler) => ({ ...handler, callback: receiver(telemetry, queue, handler) }));
    return bindMessageHandlers.call(adapter, client, observed, ...rest);
  };
}

/** Calls a handler for a message, observed. Each message begins a trace: it has no headers. */
function receiver(telemetry: Telemetry, queue: string, { message, callback }: Subscription): Callback {
  const name = patternText(message);
  const spanAttributes = { 'messaging.operation.type': 'process', 'messaging.destination.name': name };
  const options: JobOptions = { queue, spanName: `process ${name}`, spanAttributes, parent: ROOT_CONTEXT };
  return (...args) => new Delivery(telemetry.job(name, options), GATEWAY).receive(() => callback(...args));
}

/** `job.queue`: a server of `ws` has the gateway's path, one of socket.io its namespace. Both are written in code. */
function queueOf(server: unknown): string {
  const { path, name } = Object(server) as { readonly path?: unknown; readonly name?: unknown };
  const place = typeof path === 'string' ? path : name;
  return typeof place === 'string' && place !== '' && place !== '/' ? `${WEBSOCKET} ${place}` : WEBSOCKET;
}
