import { type CanActivate, Controller, Get, Module } from '@nestjs/common';
import { healthEndpoint, type Telemetry } from '@telltale/core';
import fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { TelemetryHealthModule, type TelemetryHealthModuleOptions } from '../index.ts';
import { closeAll, closeLater, platforms, serve, testTelemetry } from '../observed-app.test-support.ts';

afterEach(closeAll);

@Controller('orders')
class OrdersController {
  @Get() list(): string {
    return 'orders';
  }
}

const nobody: CanActivate = { canActivate: () => false };

describe.each(platforms)('TelemetryHealthModule on %s', (_platform, adapter) => {
  async function served(
    options: TelemetryHealthModuleOptions = {},
    { telemetry = testTelemetry().telemetry, prefix }: { telemetry?: Telemetry; prefix?: string } = {},
  ) {
    const { app, port } = await serve({
      adapter: adapter(),
      telemetry,
      module: { imports: [TelemetryHealthModule.forRoot(options)], controllers: [OrdersController] },
      configure: (app) => {
        app.useGlobalGuards(nobody);
        if (prefix !== undefined) app.setGlobalPrefix(prefix);
      },
    });
    const get = async (path: string, init: RequestInit = {}) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, init);
      const text = await answer.text();
      return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : text, headers: answer.headers };
    };
    return { app, telemetry, get };
  }

  it('answers probes in front of guards, and leaves other paths alone', async () => {
    const { get } = await served();
    for (const path of ['/health/live', '/health/ready?probe']) {
      const { status, body, headers } = await get(path);
      expect([path, status, body, headers.get('cache-control')]).toEqual([path, 200, { status: 'ok' }, 'no-store']);
    }
    expect((await get('/health')).body).toMatchObject({ status: 'ok', telemetry: { status: 'ok' } });
    expect(await get('/health/live', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    expect((await get('/health/live', { method: 'DELETE' })).headers.get('allow')).toBe('GET, HEAD');
    expect((await get('/health/other')).status).toBe(404);
    expect((await get('/orders')).status).toBe(403);
  });

  it('is not ready while a check fails, which the detail names', async () => {
    const { get } = await served({ checks: { db: () => Promise.reject(new Error('no connection')) } });
    expect(await get('/health/ready')).toMatchObject({ status: 503, body: { status: 'failing' } });
    expect((await get('/health')).body).toMatchObject({
      status: 'failing',
      checks: { db: { status: 'failing', error: 'no connection' } },
    });
  });

  it('is where it is told to be, below the global prefix only when it is asked to be', async () => {
    const { get } = await served({ path: 'probes/' }, { prefix: 'api' });
    expect((await get('/probes/ready')).status).toBe(200);
    expect((await get('/api/probes/ready')).status).toBe(404);
    const below = await served({ globalPrefix: true }, { prefix: '/api/v1' });
    expect((await below.get('/api/v1/health')).body).toMatchObject({ status: 'ok', telemetry: {} });
    expect((await below.get('/health/ready')).status).toBe(404);
  });

  it('is not ready from the moment that the application or the telemetry ends, and alive all the time', async () => {
    const { get, telemetry } = await served();
    await telemetry.shutdown();
    expect(await get('/health/ready')).toMatchObject({ status: 503, body: { status: 'ending' } });
    expect((await get('/health/live')).status).toBe(200);

    let asked: unknown;
    class Slow {
      async beforeApplicationShutdown(): Promise<void> {
        // The tests' own clean-up closes once more.
        asked ??= await closing.get('/health/ready');
      }
    }
    const closing = await servedWith(Slow);
    await closing.app.close();
    expect(asked).toMatchObject({ status: 503, body: { status: 'ending' } });
  });

  it('takes checks of what the application injects', async () => {
    class Database {
      ping(): boolean {
        return false;
      }
    }
    class DatabaseModule {}
    Module({ providers: [Database], exports: [Database] })(DatabaseModule);
    const health = TelemetryHealthModule.forRootAsync({
      imports: [DatabaseModule],
      inject: [Database],
      useFactory: async (database: Database) => ({ checks: { db: () => database.ping() } }),
    });
    const { telemetry } = testTelemetry();
    const { port } = await serve({ adapter: adapter(), telemetry, module: { imports: [health] } });
    expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(503);
  });

  it('ends the start of the application when its options are wrong', async () => {
    const started = (options: object) => served(options as TelemetryHealthModuleOptions);
    await expect(started({ pathh: '/x' })).rejects.toThrow(
      'Unknown option "TelemetryHealthModule.forRoot.pathh"; did you mean "path"?',
    );
    await expect(started({ checks: { db: 'up' } })).rejects.toThrow('The check "db"');
    await expect(started({ globalPrefix: 'api' })).rejects.toThrow('"globalPrefix" of TelemetryHealthModule.forRoot');
  });

  async function servedWith(provider: new () => object) {
    const { telemetry } = testTelemetry();
    const { app, port } = await serve({
      adapter: adapter(),
      telemetry,
      module: { imports: [TelemetryHealthModule.forRoot()], providers: [provider] },
    });
    const get = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: answer.status, body: await answer.json() };
    };
    return { app, get };
  }
});

it('healthEndpoint answers in the handlers of Fastify, without Nest', async () => {
  const { telemetry } = testTelemetry();
  const app = fastify();
  closeLater(() => app.close());
  const health = healthEndpoint(telemetry);
  app.get('/health', health);
  app.get('/health/*', health);
  const statuses = ['/health', '/health/live', '/health/ready', '/health/other'].map(async (url) => {
    const { statusCode, headers } = await app.inject({ url });
    return [url, statusCode, headers['cache-control']];
  });
  expect(await Promise.all(statuses)).toEqual([
    ['/health', 200, 'no-store'],
    ['/health/live', 200, 'no-store'],
    ['/health/ready', 200, 'no-store'],
    ['/health/other', 404, 'no-store'],
  ]);
});

it('TelemetryHealthModule says that it needs TelemetryModule', async () => {
  const { NestFactory } = await import('@nestjs/core');
  class AppModule {}
  Module({ imports: [TelemetryHealthModule.forRoot()] })(AppModule);
  await expect(NestFactory.create(AppModule, { logger: false, abortOnError: false })).rejects.toThrow(
    'TelemetryHealthModule needs options and a telemetry; write imports: [TelemetryModule.forRoot(telemetry)',
  );
});
