import { createRequire } from 'node:module';
import type { Express, NextFunction, Request, Response } from 'express';
import type { Experiment, Loop } from '../experiment.ts';
import { requests } from './http-requests.ts';
import { startInstrumentations } from './opentelemetry.ts';
import { countIn, requestDuration } from './prom-client.ts';
import { BUCKETS } from './series.ts';
import { requestsSeen, spanSink, startTelltale } from './telltale.ts';

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

/** The http module is required when it is needed, as an instrumentation may have changed it. */
function serve(app: Express, seen: () => number | Promise<number>): Loop {
  const { createServer }: typeof import('node:http') = require('node:http');
  return requests(createServer(app), seen);
}

function bare(): Loop {
  let count = 0;
  return serve(
    shop((app) => app.use((_request, _response, next) => next(void count++))),
    () => count,
  );
}

async function telltale(withTraces: boolean): Promise<Loop> {
  const { expressTelemetry } = await import('@telltale/express');
  const sink = spanSink();
  const telemetry = await startTelltale({ exporters: withTraces ? [sink] : [] });
  return serve(
    shop((app) => app.use(expressTelemetry(telemetry))),
    () => requestsSeen(telemetry, withTraces ? sink : undefined),
  );
}

async function openTelemetry(): Promise<Loop> {
  const { HttpInstrumentation } =
    require('@opentelemetry/instrumentation-http') as typeof import('@opentelemetry/instrumentation-http');
  const { ExpressInstrumentation } =
    require('@opentelemetry/instrumentation-express') as typeof import('@opentelemetry/instrumentation-express');
  const rootsSeen = await startInstrumentations(new HttpInstrumentation(), new ExpressInstrumentation());
  return serve(
    shop(() => {}),
    rootsSeen,
  );
}

/** What many services have: one middleware, one histogram. */
async function promClientByHand(): Promise<Loop> {
  const { duration, seen } = await requestDuration();
  const middleware = (request: Request, response: Response, next: NextFunction): void => {
    const stop = duration.startTimer();
    response.on('finish', () => {
      const route = request.route === undefined ? '(no route)' : request.baseUrl + request.route.path;
      stop({ method: request.method, route, status: response.statusCode });
    });
    next();
  };
  return serve(
    shop((app) => app.use(middleware)),
    seen,
  );
}

async function expressPromBundle(): Promise<Loop> {
  const bundle: typeof import('express-prom-bundle') = require('express-prom-bundle');
  const { register } = await import('prom-client');
  return serve(
    shop((app) => app.use(bundle({ includeMethod: true, includePath: true, buckets: BUCKETS }))),
    async () => {
      const metric = await register.getSingleMetric('http_request_duration_seconds')?.get();
      return countIn((metric?.values ?? []) as Parameters<typeof countIn>[0]);
    },
  );
}

const added = { figure: 'time', unit: 'µs', added: 'bare' } as const;

export const experiment: Experiment = {
  name: 'express',
  file: import.meta.url,
  programs: {
    bare: async () => bare(),
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
