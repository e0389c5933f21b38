import 'reflect-metadata';
import { Controller, Get, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { createTelemetry } from '@telltale/core';
import { ManualClock } from '@telltale/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { get, look, REMOTE, TOKEN } from '../dashboard.test-support.ts';
import { DashboardModule, type DashboardModuleOptions } from './index.ts';

class HelloController {
  hello(): string {
    return 'hello';
  }
}
Controller()(HelloController);
Get('hello')(
  HelloController.prototype,
  'hello',
  Object.getOwnPropertyDescriptor(HelloController.prototype, 'hello') as PropertyDescriptor,
);

async function served(
  adapter: ExpressAdapter | FastifyAdapter,
  options?: DashboardModuleOptions,
  configure?: (app: INestApplication) => void,
): Promise<{ app: INestApplication; base: string }> {
  const telemetry = createTelemetry({
    service: { name: 'nest-shop' },
    clock: new ManualClock(),
    shutdown: { signals: false },
  });
  class AppModule {}
  Module({
    imports: [DashboardModule.forRoot(telemetry, { token: TOKEN, ...options })],
    controllers: [HelloController],
  })(AppModule);
  const app = await NestFactory.create(AppModule, adapter, { logger: false });
  configure?.(app);
  await app.listen(0, '127.0.0.1');
  onTestFinished(async () => {
    await app.close();
    await telemetry.shutdown();
  });
  return { app, base: await app.getUrl() };
}

const platforms = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
] as const;

describe.each(platforms)('the dashboard of a Nest application on %s', (_name, adapter) => {
  it('stands beside its routes, whatever prefix these have, and asks for its token', async () => {
    const { base } = await served(adapter(), {}, (app) => app.setGlobalPrefix('api'));
    expect((await get(`${base}/api/hello`)).text).toBe('hello');
    expect((await get(`${base}/telltale`)).headers.location).toBe('telltale/');
    expect(JSON.parse((await get(`${base}/telltale/api/frame`)).text).title).toBe('nest-shop');
    expect((await get(`${base}/telltale/nothing`)).status).toBe(404);
    expect((await get(`${base}/telltales`)).status).toBe(404);
    expect((await get(`${base}/telltale/api/frame`, REMOTE)).status).toBe(401);
    const form = { ...REMOTE, 'content-type': 'application/x-www-form-urlencoded' };
    expect((await get(`${base}/telltale/`, form, 'POST', `token=${TOKEN}`)).status).toBe(303);
    expect((await get(`${base}/telltale/`, form, 'POST', 'token=no')).status).toBe(401);
  });

  it('takes WebSockets before the first request, and ends with the application', async () => {
    const { app, base } = await served(adapter(), { path: '/ops/live-page', title: 'Ops' });
    const { socket, next } = await look(`${base}/ops/live-page/live`);
    expect((await next()).title).toBe('Ops');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await app.close();
    await closed;
  });
});

it('refuses to stand where the application itself is', () => {
  const telemetry = createTelemetry({ service: { name: 'shop' }, shutdown: { signals: false } });
  onTestFinished(() => telemetry.shutdown());
  expect(() => DashboardModule.forRoot(telemetry, { path: '/' })).toThrow(/give one such as "\/telltale"/);
  expect(() => DashboardModule.forRoot(telemetry, { pth: '/' } as never)).toThrow('did you mean "path"');
});
