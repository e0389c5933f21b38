import { type AddressInfo, createServer } from 'node:net';
import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProxyFactory, type TcpClientOptions, Transport } from '@nestjs/microservices';
import type { Telemetry } from '@telltale/core';
import { lastValueFrom } from 'rxjs';
import { observing } from './observing-module.test-support.ts';

const open: (() => unknown)[] = [];

/** To be closed after the test. */
export function closing(close: () => unknown): void {
  open.push(close);
}

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const close of open.splice(0).reverse()) await close();
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A microservice over TCP with these controllers and providers, and a client of it. */
export async function serveTcp(telemetry: Telemetry, ...classes: Type[]) {
  const isController = (type: Type) => Reflect.hasMetadata('__controller__', type);
  const controllers = classes.filter(isController);
  const providers = classes.filter((type) => !isController(type));
  @Module({ imports: [observing(telemetry)], controllers, providers })
  class App {}
  const port = await freePort();
  const app = await NestFactory.createMicroservice(App, { ...tcp(port), logger: false, abortOnError: false });
  await app.listen();
  closing(() => app.close());
  return { app, port, ask: asking(port) };
}

/** The options of a server or client over TCP. */
export function tcp(port: number): TcpClientOptions {
  return { transport: Transport.TCP, options: { host: '127.0.0.1', port } };
}

/** Sends a message and gives the last reply. */
export function asking(port: number) {
  const client = ClientProxyFactory.create(tcp(port));
  closing(() => client.close());
  return Object.assign((pattern: unknown, data: unknown = {}) => lastValueFrom(client.send(pattern, data)), { client });
}
