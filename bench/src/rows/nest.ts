import type { Server } from 'node:http';
import { createRequire, registerHooks } from 'node:module';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import type { NextFunction, Request, Response } from 'express';
import type { Experiment, Loop, Row } from '../experiment.ts';
import { requests } from './http-requests.ts';
import { startInstrumentations } from './opentelemetry.ts';
import { requestDuration } from './prom-client.ts';
import { requestsSeen, spanSink, startTelltale } from './telltale.ts';

export type Platform = 'Express' | 'Fastify';

/** Nest 11 for all programs: OpenTelemetry's instrumentation knows no later one, and no ES modules. */
const NEST_11 = new URL('../../../fixtures/nest-11/package.json', import.meta.url);
const ofNest11 = createRequire(NEST_11);
/** Instrumentations change modules as they are required: so these are required, and after them. */
const require = createRequire(import.meta.url);

interface Observer {
  readonly imports?: ModuleMetadata['imports'];
  /** Before the application has its routes. */
  prepare?(app: INestApplication): void;
  seen(): number | Promise<number>;
}

/** The service of all programs: three routes of three controllers. */
async function serve(platform: Platform, { imports = [], prepare, seen }: Observer): Promise<Loop> {
  const { NestFactory }: typeof import('@nestjs/core') = ofNest11('@nestjs/core');
  const { Module }: typeof import('@nestjs/common') = ofNest11('@nestjs/common');
  class ShopModule {}
  Module({ imports, controllers: controllers() })(ShopModule);
  const app = await NestFactory.create(ShopModule, adapter(platform), { logger: false, abortOnError: false });
  prepare?.(app);
  await app.init();
  if (platform === 'Fastify') await fastifyOf(app).ready();
  return requests(app.getHttpServer() as Server, seen);
}

/** With decorators as functions: plain Node runs no other. */
function controllers(): (new () => object)[] {
  const { Controller, Get, Param, Post }: typeof import('@nestjs/common') = ofNest11('@nestjs/common');
  class Users {
    find(id: string): object {
      return { id, name: 'Ada' };
    }
  }
  class Orders {
    create(): object {
      return { order: 17 };
    }
  }
  class Catalog {
    item(item: string): object {
      return { item, price: 12.5 };
    }
  }
  const route = (of: new () => object, path: string, method: string, decorator: MethodDecorator): void => {
    Controller(path)(of);
    decorator(of.prototype, method, Object.getOwnPropertyDescriptor(of.prototype, method) as PropertyDescriptor);
  };
  route(Users, 'users', 'find', Get(':id'));
  Param('id')(Users.prototype, 'find', 0);
  route(Orders, 'orders', 'create', Post());
  route(Catalog, 'catalog', 'item', Get('items/:item'));
  Param('item')(Catalog.prototype, 'item', 0);
  return [Users, Orders, Catalog];
}

function adapter(platform: Platform) {
  if (platform === 'Express') {
    const { ExpressAdapter }: typeof import('@nestjs/platform-express') = ofNest11('@nestjs/platform-express');
    return new ExpressAdapter();
  }
  const { FastifyAdapter }: typeof import('@nestjs/platform-fastify') = ofNest11('@nestjs/platform-fastify');
  return new FastifyAdapter();
}

function fastifyOf(app: INestApplication) {
  return (app as NestFastifyApplication).getHttpAdapter().getInstance();
}

async function bare(platform: Platform): Promise<Loop> {
  let count = 0;
  return serve(platform, {
    prepare(app) {
      if (platform === 'Express')
        app.use((_request: Request, _response: Response, next: NextFunction) => next(void count++));
      else fastifyOf(app).addHook('onRequest', (_request, _reply, done) => done(void count++));
    },
    seen: () => count,
  });
}

async function telltale(platform: Platform, withTraces: boolean): Promise<Loop> {
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, specifier.startsWith('@nestjs/') ? { ...context, parentURL: NEST_11.href } : context),
  });
  const { TelemetryModule } = await import('@telltale/nest');
  const sink = spanSink();
  const telemetry = await startTelltale({ exporters: withTraces ? [sink] : [] });
  return serve(platform, {
    imports: [TelemetryModule.forRoot(telemetry)],
    seen: () => requestsSeen(telemetry, withTraces ? sink : undefined),
  });
}

async function openTelemetry(platform: Platform): Promise<Loop> {
  const load = (name: string) => require(`@opentelemetry/instrumentation-${name}`);
  const { HttpInstrumentation }: typeof import('@opentelemetry/instrumentation-http') = load('http');
  const { ExpressInstrumentation }: typeof import('@opentelemetry/instrumentation-express') = load('express');
  const { NestInstrumentation }: typeof import('@opentelemetry/instrumentation-nestjs-core') = load('nestjs-core');
  const ofPlatform: Instrumentation[] = platform === 'Express' ? [new ExpressInstrumentation()] : [];
  const rootsSeen = await startInstrumentations(new HttpInstrumentation(), ...ofPlatform, new NestInstrumentation());
  let ofStart: number | undefined;
  const seen = async () => (await rootsSeen()) - (ofStart ?? 0);
  const loop = await serve(platform, { seen });
  // `NestFactory.create` has a root span, too.
  ofStart = await rootsSeen();
  return loop;
}

/** What many services have: one middleware or hook, one histogram. */
async function promClientByHand(platform: Platform): Promise<Loop> {
  const { duration, seen } = await requestDuration();
  return serve(platform, {
    prepare(app) {
      if (platform === 'Express') {
        app.use((request: Request, response: Response, next: NextFunction) => {
          const stop = duration.startTimer();
          response.on('finish', () => {
            const route = request.route === undefined ? '(no route)' : request.baseUrl + request.route.path;
            stop({ method: request.method, route, status: response.statusCode });
          });
          next();
        });
        return;
      }
      fastifyOf(app).addHook('onResponse', (request, reply, done) => {
        const route = request.routeOptions.url ?? '(no route)';
        duration.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
        done();
      });
    },
    seen,
  });
}

/** What one platform's experiment consists of. */
export function nestExperiment(platform: Platform, file: string): Experiment {
  const peer = platform === 'Express' ? 'http + express + nestjs-core' : 'http + nestjs-core';
  const added: Omit<Row, 'what' | 'peer' | 'ours'> = { figure: 'time', unit: 'µs', added: 'bare' };
  return {
    name: `nest on ${platform.toLowerCase()}`,
    file,
    programs: {
      bare: () => bare(platform),
      'telltale, metrics and traces': () => telltale(platform, true),
      'telltale, metrics': () => telltale(platform, false),
      [peer]: () => openTelemetry(platform),
      'prom-client by hand': () => promClientByHand(platform),
    },
    rows: [
      {
        ...added,
        what: `Nest on ${platform}, added per request: metrics and traces`,
        ours: 'telltale, metrics and traces',
        peer,
        budget: { ratio: 1 / 5 },
      },
      {
        ...added,
        what: `Nest on ${platform}, added per request: metrics`,
        ours: 'telltale, metrics',
        peer: 'prom-client by hand',
        budget: { ratio: 1 },
      },
      {
        what: `Nest on ${platform}, request without any of it`,
        ours: 'bare',
        peer: 'bare',
        figure: 'time',
        unit: 'µs',
      },
    ],
    launches: 2,
    rounds: 50,
    warmUp: 4000,
  };
}
