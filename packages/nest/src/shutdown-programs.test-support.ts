// What happens when a process ends can only be seen from outside. Arguments: platform, `hooks` or `no-hooks`, `shutdown` or `keep`.
// With NEST_11, on the version before: what the tests' alias does for them.
import { registerHooks } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Exporter, MetricsSnapshot } from '@telltale/core';

const nest11 = new URL('../../../fixtures/nest-11/package.json', import.meta.url).href;
if (process.env.NEST_11 !== undefined) {
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, specifier.startsWith('@nestjs/') ? { ...context, parentURL: nest11 } : context),
  });
}

const write = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const [platform, hooks, shutdown] = process.argv.slice(2);

// Not before the resolution is as it is to be.
const { Controller, Get, Module } = await import('@nestjs/common');
const { NestFactory } = await import('@nestjs/core');
const { default: nest } = await import('@nestjs/core/package.json', { with: { type: 'json' } });
const { ExpressAdapter } = await import('@nestjs/platform-express');
const { FastifyAdapter } = await import('@nestjs/platform-fastify');
const { createTelemetry } = await import('@telltale/core');
const { TelemetryModule } = await import('./index.ts');

function requestsIn({ metrics }: MetricsSnapshot): number {
  const metric = metrics.find(({ name }) => name === 'http.server.request.duration');
  return metric?.type === 'histogram' ? metric.points.reduce((sum, { count }) => sum + count, 0) : 0;
}

/** Needs a moment, as a network does, and writes what it was handed. */
const exporter: Exporter = {
  name: 'lines',
  temporality: 'delta',
  exportMetrics: async (snapshot) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const requests = requestsIn(snapshot);
    if (requests > 0) write(`requests ${requests}`);
  },
  exportSpans: async (spans) => {
    for (const { name } of spans) write(`span ${name}`);
  },
  shutdown: async () => write('closed'),
};

const telemetry = createTelemetry({ service: { name: 'shutdown' }, exporters: [exporter] });

class SlowController {
  async get() {
    write('handling');
    await new Promise((resolve) => setTimeout(resolve, 300));
    return 'answered';
  }
}
const { prototype } = SlowController;
Controller()(SlowController);
Get()(prototype, 'get', Object.getOwnPropertyDescriptor(prototype, 'get') as PropertyDescriptor);

class AppModule {
  onApplicationShutdown() {
    write('application ends');
  }
}
Module({
  imports: [TelemetryModule.forRoot(telemetry, { shutdown: shutdown === 'shutdown' })],
  controllers: [SlowController],
})(AppModule);

const adapter = platform === 'Express' ? new ExpressAdapter() : new FastifyAdapter();
const app = await NestFactory.create(AppModule, adapter, { logger: false });
if (hooks === 'hooks') app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
write(`nest ${nest.version}`);
write(`port ${(app.getHttpServer().address() as AddressInfo).port}.`);
