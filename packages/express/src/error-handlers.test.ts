import type { RequestListener } from 'node:http';
import type { ErrorRequestHandler, Express, RequestHandler } from 'express';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { expressTelemetry, recordErrors } from './index.ts';
import {
  closeServers,
  countOf,
  listen,
  observed,
  quietTelemetry,
  recorded,
  versions,
} from './observed-app.test-support.ts';

afterEach(closeServers);

const fail: RequestHandler = () => {
  throw new TypeError('failed');
};
const answer: ErrorRequestHandler = (_error, _req, res, _next) => void res.status(500).send('sorry');

describe.each(versions)('errors that handlers of the service answer in %s', (_name, express) => {
  it('are known from the first request on, wherever the handlers are', async () => {
    const app = observed(express, (app) => {
      app.use('/own', express.Router().get('/:id', fail).use(answer));
      app.use('/deep', express.Router().use('/er', express.Router().get('/:id', fail), answer));
      app.use('/mounted', express.Router().use('/app', express().get('/:id', fail).use(answer)));
      app.use('/path', express.Router().get('/:id', fail));
      app.use('/path', answer);
      app.get('/first', fail);
      app.use(answer);
      app.get('/second', (_req, _res, next) => next(new RangeError('late')));
      app.use([(_error, _req, _res, next) => next(new SyntaxError('another')), answer] as ErrorRequestHandler[]);
    });
    const urls = ['/own/1', '/deep/er/1', '/mounted/app/1', '/path/1', '/first', '/second'];
    expect(await recorded(app, ...urls)).toEqual([
      'GET /deep/er/:id 500 TypeError',
      'GET /first 500 TypeError',
      'GET /mounted/app/:id 500 TypeError',
      'GET /own/:id 500 TypeError',
      'GET /path/:id 500 TypeError',
      'GET /second 500 RangeError',
    ]);
  });

  it('are no errors where the handler makes something of them that is none', async () => {
    const app = observed(express, (app) => {
      app.get('/fails', fail);
      app.get('/recovers', (_req, _res, next) => next(new RangeError('late')));
      app.use('/fails', ((_error, _req, res, _next) => res.status(404).send('no')) as ErrorRequestHandler);
      app.use('/recovers', ((_error, _req, _res, next) => next()) as ErrorRequestHandler);
      app.use('/recovers', (_req, res) => void res.send('ok'));
    });
    expect(await recorded(app, '/fails', '/recovers')).toEqual(['GET /fails 404', 'GET /recovers 200']);
  });

  it('go the way that they go without telemetry', async () => {
    const calls = async (telemetry: boolean) => {
      const log: string[] = [];
      const app = express();
      app.set('env', 'test');
      if (telemetry) app.use(expressTelemetry(quietTelemetry()));
      buildWithLog(app, express.Router, log);
      const port = await listen(app);
      const answers: string[] = [];
      for (const url of ['/a', '/b?x=1', '/c/d/e', '/r', '/route', '/none', '/late', '/throws', '/a']) {
        const got = await fetch(`http://127.0.0.1:${port}${url}`);
        answers.push(`${url} ${got.status} ${await got.text()}`);
      }
      return { log, answers };
    };
    expect(await calls(true)).toEqual(await calls(false));
  });

  it('leave the stacks of routers with one handler of ours for each place', async () => {
    const router = express.Router().get('/', fail).use(answer, answer);
    const app = observed(express, (app) => {
      app.use('/a', router);
      app.use('/b', router);
      app.use(recordErrors(), answer);
      app.get('/', fail);
      app.use('/c', recordErrors());
      app.use(answer);
    });
    await recorded(app, '/a', '/b', '/c', '/');
    await recorded(app, '/a', '/b', '/c', '/');
    expect(ownIn(router)).toBe(1);
    // Before the first handlers the user's; one before the second, though one for a path is there; one behind all.
    expect(ownIn(routerOf(app.app))).toBe(4);
  });

  it('disturb no request that is on its way when the handlers are found', async () => {
    const telemetry = quietTelemetry();
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    const calls: string[] = [];
    const app = express();
    app.set('env', 'test');
    app.use('/early', fail);
    app.use(expressTelemetry(telemetry));
    app.get('/x', (_req, res) => void res.send('ok'));
    app.use((async (error, _req, _res, next) => {
      calls.push('first');
      await opened;
      next(error);
    }) as ErrorRequestHandler);
    app.use(((_error, _req, res, _next) => {
      calls.push('second');
      res.status(500).send('sorry');
    }) as ErrorRequestHandler);
    // Around the application: it is found with the first request that comes to the middleware.
    const port = await listen((req, res) => app(req, res));
    const early = fetch(`http://127.0.0.1:${port}/early`);
    await vi.waitFor(() => expect(calls).toEqual(['first']));
    await fetch(`http://127.0.0.1:${port}/x`);
    open();
    expect(await (await early).text()).toBe('sorry');
    expect(calls).toEqual(['first', 'second']);
  });

  it('are known behind a function around the application from the second request on', async () => {
    const { app, telemetry } = observed(express, (app) => app.get('/', fail).use(answer));
    const wrapped: RequestListener = (req, res) => app(req, res);
    await recorded({ app: wrapped, telemetry }, '/');
    expect(await recorded({ app: wrapped, telemetry }, '/')).toContain('GET / 500 TypeError');
  });

  it('are known by recordErrors where nothing else sees them', async () => {
    const build = (record: (handler: ErrorRequestHandler) => readonly ErrorRequestHandler[]) =>
      observed(express, (app) => {
        app.get('/route', fail, ...record(answer));
        app.use(
          '/app',
          express()
            .get('/', fail)
            .use(...record(answer)),
        );
      });
    const bare = build((handler) => [handler]);
    expect(await recorded(bare, '/route', '/app')).toEqual(['GET /app 500 500', 'GET /route 500 500']);
    const told = build((handler) => [recordErrors() as ErrorRequestHandler, handler]);
    expect(await recorded(told, '/route', '/app')).toEqual(['GET /app 500 TypeError', 'GET /route 500 TypeError']);

    const late = observed(express, (app) => app.get('/', fail));
    const port = await listen(late.app);
    const ask = (url: string) => fetch(`http://127.0.0.1:${port}${url}`);
    await ask('/');
    late.app.use('/late', fail, answer);
    late.app.use('/told', fail, recordErrors(), answer);
    await ask('/late');
    await ask('/told');
    await vi.waitFor(() => expect(countOf(late.telemetry)).toBe(3));
    expect(await recorded(late)).toEqual(['GET / 500 TypeError', 'GET /late 500 500', 'GET /told 500 TypeError']);
  });

  it('leave routers alone that cannot be changed', async () => {
    const router = express.Router().get('/', fail).use(answer);
    Object.freeze((router as unknown as { stack: unknown[] }).stack);
    const app = observed(express, (app) => app.use('/frozen', router).get('/', fail));
    expect(await recorded(app, '/frozen', '/')).toEqual(['GET / 500 TypeError', 'GET /frozen 500 500']);
  });

  it('are not looked for in what only looks like a router', async () => {
    const odd: RequestHandler = Object.assign(((_req, _res, next) => next()) as RequestHandler, {
      stack: [null, 1],
    });
    const app = observed(express, (app) => app.use(odd).get('/', fail).use(answer));
    expect(await recorded(app, '/')).toEqual(['GET / 500 TypeError']);
  });
});

/** Every way an error can take; each handler writes down that it was called. */
function buildWithLog(app: Express, Router: typeof import('express').Router, log: string[]): void {
  const noted =
    (name: string, then: 'next' | 'pass' | 'send' | 'throw'): ErrorRequestHandler =>
    (error, req, res, next) => {
      log.push(`${name} ${req.baseUrl} ${req.url} ${String(error)}`);
      if (then === 'next') next();
      else if (then === 'pass') next(error);
      else if (then === 'throw') throw new RangeError(name);
      else res.status(500).send(name);
    };
  const logged: RequestHandler = (req, _res, next) => {
    log.push(`${req.baseUrl} ${req.url}`);
    next();
  };
  const router = Router();
  router.get('/d/e', fail);
  router.use('/d', noted('in router for path', 'throw'));
  router.use(noted('in router', 'pass'), logged);
  app.get('/a', fail);
  app.use(logged);
  app.use(noted('first', 'pass'), noted('second', 'next'));
  app.use(logged);
  app.get('/a', (_req, res) => void res.send('recovered'));
  app.get('/b', (_req, _res, next) => next('router'));
  app.use('/c', router, noted('behind router', 'pass'));
  app.get('/route', (_req, _res, next) => next('route'), fail);
  app.get('/r', (_req, res) => res.redirect('/a'));
  app.get('/late', (_req, _res, next) => void setImmediate(() => next(new Error('late'))));
  app.get('/throws', () => {
    throw 'text';
  });
  app.use('/late', noted('for late', 'throw'));
  app.use(noted('last but one', 'pass'), logged, noted('last', 'send'));
}

interface Stack {
  readonly stack: readonly { readonly handle: { readonly name: string } }[];
}

function routerOf(app: unknown): unknown {
  const { _router } = app as { readonly _router?: unknown };
  return _router ?? (app as { readonly router: unknown }).router;
}

/** How many handlers of ours a router has. */
function ownIn(router: unknown): number {
  return (router as Stack).stack.filter(({ handle }) => handle.name === 'telltaleErrors').length;
}
