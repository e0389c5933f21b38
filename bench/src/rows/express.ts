import { createRequire } from 'node:module';
import type { Express, NextFunction, Request, Response } from 'express';
import type { Experiment, Loop } from '../experiment.ts';
import { Connection } from './connection.ts';
import { startMeterProvider, startTracerProvider } from './opentelemetry.ts';
import { BUCKETS } from './series.ts';
import { spanSink, startTelltale } from './telltale.ts';

/** Instrumentations change modules as they are required: so these are required, and after them. */
const require = createRequire(import.meta.url);

/** The service of all programs: three routes, one of them in a router. `use` mounts what observes it. */
function shop(use: (app: Express) => void): Express {
  const express: typeof import('express') = require('express');
  const app = express();
  use(app);
  app.get('/users/:id', (request, response) => {
    response.json({ id: request.params.id, name: 'Ada' });
  });
  app.post('/orders', (_request, response) => {
    response.status(201).json({ order: 17 });
  });
  const catalog = express.Router();
  catalog.get('/items/:item', (request, response) => {
    response.json({ item: request.params.item, price: 12.5 });
  });
  app.use('/catalog', catalog);
  return app;
}

const REQUESTS = [
  ['GET', '/users/42'],
  ['POST', '/orders'],
  ['GET', '/catalog/items/lamp'],
] as const;

/** Requests one after another on one connection; `seen` says how many the observer has observed: fewer would be cheap for the wrong reason. */
async function requests(app: Express, seen: () => number | Promise<number>): Promise<Loop> {
  const { createServer }: typeof import('node:http') = require('node:http');
  const connection = new Connection(createServer(app));
  let sent = 0;
  return {
    async run(times) {
      for (let i = 0; i < times; i++) {
        const [method, path] = REQUESTS[sent++ % REQUESTS.length]!;
        const response = await connection.send(method, path);
        if (!response.startsWith('HTTP/1.1 20')) throw new Error(`${method} ${path} was answered with ${response}`);
      }
    },
    async settle() {
      const observed = await seen();
      if (observed !== sent) throw new Error(`of ${sent} requests ${observed} were observed`);
    },
  };
}

async function bare(): Promise<Loop> {
  let count = 0;
  return requests(
    shop((app) => app.use((_request, _response, next) => next(void count++))),
    () => count,
  );
}

async function telltale(withTraces: boolean): Promise<Loop> {
  const { expressTelemetry } = await import('@telltale/express');
  const sink = spanSink();
  const telemetry = await startTelltale({ exporters: withTraces ? [sink] : [] });
  return requests(
    shop((app) => app.use(expressTelemetry(telemetry))),
    async () => {
      await telemetry.flush();
      const metric = telemetry.snapshot().metrics.find(({ name }) => name === 'http.server.request.duration');
      const points = metric?.type === 'histogram' ? metric.points : [];
      const requests = points.reduce((sum, { count }) => sum + count, 0);
      return withTraces ? Math.min(requests, sink.roots) : requests;
    },
  );
}

async function openTelemetry(): Promise<Loop> {
  const { context, metrics, trace } = await import('@opentelemetry/api');
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
  const {
    HttpInstrumentation,
  }: typeof import('@opentelemetry/instrumentation-http') = require('@opentelemetry/instrumentation-http');
  const {
    ExpressInstrumentation,
  }: typeof import('@opentelemetry/instrumentation-express') = require('@opentelemetry/instrumentation-express');
  const { provider, sink } = await startTracerProvider();
  const meterProvider = await startMeterProvider();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  metrics.setGlobalMeterProvider(meterProvider);
  for (const instrumentation of [new HttpInstrumentation(), new ExpressInstrumentation()]) {
    instrumentation.setTracerProvider(provider);
    instrumentation.setMeterProvider(meterProvider);
  }
  return requests(
    shop(() => {}),
    async () => {
      await provider.forceFlush();
      return sink.roots;
    },
  );
}

/** What many services have: one middleware, one histogram. */
async function promClientByHand(): Promise<Loop> {
  const { Histogram } = await import('prom-client');
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of requests',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
  });
  const middleware = (request: Request, response: Response, next: NextFunction): void => {
    const stop = duration.startTimer();
    response.on('finish', () => {
      const route = request.route === undefined ? '(no route)' : request.baseUrl + request.route.path;
      stop({ method: request.method, route, status: response.statusCode });
    });
    next();
  };
  return requests(
    shop((app) => app.use(middleware)),
    async () => {
      const { values } = await duration.get();
      return values
        .filter(({ metricName }) => metricName?.endsWith('_count'))
        .reduce((sum, { value }) => sum + value, 0);
    },
  );
}

async function expressPromBundle(): Promise<Loop> {
  const bundle: typeof import('express-prom-bundle') = require('express-prom-bundle');
  const { register } = await import('prom-client');
  return requests(
    shop((app) => app.use(bundle({ includeMethod: true, includePath: true, buckets: BUCKETS }))),
    async () => {
      const metric = await register.getSingleMetric('http_request_duration_seconds')?.get();
      const values = (metric?.values ?? []) as readonly { value: number; metricName?: string }[];
      return values
        .filter(({ metricName }) => metricName?.endsWith('_count'))
        .reduce((sum, { value }) => sum + value, 0);
    },
  );
}

const added = { figure: 'time', unit: 'µs', added: 'bare' } as const;

export const experiment: Experiment = {
  name: 'express',
  file: import.meta.url,
  programs: {
    bare,
    'telltale, metrics and traces': () => telltale(true),
    'telltale, metrics': () => telltale(false),
    'http + express instrumentation': openTelemetry,
    'prom-client by hand': promClientByHand,
    'express-prom-bundle': expressPromBundle,
  },
  rows: [
    {
      ...added,
      what: 'Express, added per request: metrics and traces',
      ours: 'telltale, metrics and traces',
      peer: 'http + express instrumentation',
      budget: { ratio: 1 / 5 },
    },
    {
      ...added,
      what: 'Express, added per request: metrics',
      ours: 'telltale, metrics',
      peer: 'prom-client by hand',
      budget: { ratio: 1 },
    },
    {
      ...added,
      what: 'Express, added per request: metrics',
      ours: 'telltale, metrics',
      peer: 'express-prom-bundle',
    },
    {
      what: 'Express, request without any of it',
      ours: 'bare',
      peer: 'bare',
      figure: 'time',
      unit: 'µs',
    },
  ],
  launches: 2,
  rounds: 50,
  // What runs once per request takes thousands of requests to be compiled for good: after half a second, all of this costs twice as much.
  warmUp: 4000,
};
