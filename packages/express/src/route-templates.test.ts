import { createServer } from 'node:http';
import express5, { type ErrorRequestHandler, type RequestHandler, type Router } from 'express';
// @ts-expect-error: it has no types.
import router22 from 'router22';
import { afterEach, describe, expect, it } from 'vitest';
import { expressTelemetry } from './index.ts';
import { closeServers, observed, quietTelemetry, recorded, versions } from './observed-app.test-support.ts';

afterEach(closeServers);

const ok: RequestHandler = (_req, res) => void res.send('ok');
const fail: RequestHandler = () => {
  throw new TypeError('failed');
};
const sorry: ErrorRequestHandler = (_error, _req, res, _next) => void res.sendStatus(502);
const pass: RequestHandler = (_req, _res, next) => next();

describe.each(versions)('the route in %s', (name, express) => {
  it('is the path of all mounts and the path of the route', async () => {
    const app = observed(express, (app) => {
      const inner = express.Router().get('/items/:item', ok).get('/', ok);
      const outer = express.Router().use('/inner', inner).get('/list', ok);
      app.use('/outer', pass, outer);
    });
    expect(await recorded(app, '/outer/inner/items/1', '/outer/inner', '/outer/inner/', '/outer/list')).toEqual([
      'GET /outer/inner 200',
      'GET /outer/inner/items/:item 200',
      'GET /outer/list 200',
    ]);
  });

  it('names the parameters of mounts, whatever their values and however the client spells the rest', async () => {
    const app = observed(express, (app) => {
      const orders = express.Router({ mergeParams: true }).get('/:order', ok).get('/', ok);
      const users = express.Router({ mergeParams: true }).use('/:user/Orders', orders);
      app.use('/v1/users', users);
      app.use('/from-:from/to-:to', express.Router().get('/', ok));
    });
    const urls = ['/v1/users/users/orders/orders', '/V1/USERS/a%20b/oRders/%E2%82%AC', '/v1/users/1/Orders?x=1'];
    expect(await recorded(app, ...urls, '/from-ab/to-cd', '/from-1/to-2')).toEqual([
      'GET /from-:from/to-:to 200',
      'GET /v1/users/:user/Orders 200',
      'GET /v1/users/:user/Orders/:order 200',
    ]);
  });

  it('tells the mounts of a router apart', async () => {
    const app = observed(express, (app) => {
      const router = express.Router().get('/x', ok).get('/fails', fail);
      app.use('/a', router);
      app.use('/b/:id', router);
      app.use(['/c', '/d/:id'], router);
    });
    expect(await recorded(app, '/a/x', '/b/1/x', '/b/2/x', '/c/x', '/d/1/x', '/b/1/fails', '/a/fails')).toEqual([
      'GET /a/fails 500 TypeError',
      'GET /a/x 200',
      'GET /b/:id/fails 500 TypeError',
      'GET /b/:id/x 200',
      'GET /c/x 200',
      'GET /d/:id/x 200',
    ]);
  });

  it('is the one of an array that matched', async () => {
    const app = observed(express, (app) => {
      app.get(['/one', '/two/:id', '/three'], ok);
      app.use('/m/:m', express.Router().get(['/one', '/two/:id'], ok));
    });
    expect(await recorded(app, '/one', '/two/1', '/two/2', '/three', '/m/1/two/2')).toEqual([
      'GET /m/:m/two/:id 200',
      'GET /one 200',
      'GET /three 200',
      'GET /two/:id 200',
    ]);
  });

  it('shows regular expressions as they were written', async () => {
    const app = observed(express, (app) => {
      app.get(/^\/item-(\d+)$/, ok);
      app.use(/^\/v\d+/, express.Router().get('/x', ok));
      app.get([/^\/r1-\d+$/, '/r2'], ok);
    });
    const got = await recorded(app, '/item-1', '/item-2', '/v1/x', '/v2/x', '/r1-1', '/r1-2', '/r2');
    expect(got).toEqual([
      'GET /^\\/item-(\\d+)$/ 200',
      'GET /^\\/r1-\\d+$/ 200',
      'GET /^\\/v\\d+/x 200',
      'GET /r2 200',
    ]);
  });

  it('is known of wildcards and optional parts', async () => {
    const [wildcard, optional] = name === 'Express 4' ? ['/files/*', '/opt/:a?'] : ['/files/*rest', '/opt{/:a}'];
    const app = observed(express, (app) => {
      app.get(wildcard, ok);
      app.use(`/m${wildcard}`, express.Router().get('/', ok));
      app.use(`/n${optional}`, express.Router().get('/x', ok));
      app.get(optional, ok);
    });
    const urls = ['/files/a', '/files/a/b', '/m/files/a/b', '/m/files/c', '/n/opt/1/x', '/n/opt/2/x', '/opt', '/opt/1'];
    const got = await recorded(app, ...urls);
    expect(got).toHaveLength(4);
    expect(got).toContain(`GET ${wildcard} 200`);
    expect(got).toContain(`GET ${optional} 200`);
  });

  it('is known of app.route, of all methods, and of a route that hands on to another', async () => {
    const app = observed(express, (app) => {
      app.route('/thing').get(ok).post(ok);
      app.all('/any', ok);
      app.get('/maybe/:id', (_req, _res, next) => next('route'));
      app.get('/maybe/sure', ok);
    });
    expect(await recorded(app, '/thing', 'POST /thing', 'DELETE /any', '/maybe/sure')).toEqual([
      'DELETE /any 200',
      'GET /maybe/sure 200',
      'GET /thing 200',
      'POST /thing 200',
    ]);
  });

  it('reaches through applications that are mounted in others', async () => {
    const app = observed(express, (app) => {
      const leaf = express().get('/x/:id', ok).get('/fails', fail);
      const middle = express().use('/leaf/:leaf', leaf).get('/x', ok);
      app.use('/empty', express());
      app.use('/middle', middle);
      app.use('/other', express().get('/x', ok));
      app.use('/routed', express.Router().use('/app', express().get('/y', ok)));
    });
    const urls = ['/middle/leaf/1/x/2', '/middle/x', '/other/x', '/routed/app/y', '/empty/x', '/middle/leaf/1/fails'];
    expect(await recorded(app, ...urls)).toEqual([
      'GET (no route) 404',
      'GET /middle/*/fails 500 TypeError',
      'GET /middle/leaf/:leaf/x/:id 200',
      'GET /middle/x 200',
      'GET /other/x 200',
      'GET /routed/app/y 200',
    ]);
  });

  it('begins with the mounts of the application that the middleware is in', async () => {
    const telemetry = quietTelemetry();
    const inner = express().use(expressTelemetry(telemetry)).get('/x/:id', ok);
    const app = express().use('/inner/:inner', inner);
    expect(await recorded({ app, telemetry }, '/inner/1/x/2', '/inner/2/x/3')).toEqual(['GET /inner/:inner/x/:id 200']);
  });

  it('is known of routers and applications that are hidden in functions, as far as the mount is', async () => {
    const app = observed(express, (app) => {
      const router = express.Router().get('/x/:id', ok);
      app.use('/lazy/:lazy', (req, res, next) => router(req, res, next));
      const nested = express.Router().use('/inner', (req, res, next) => router(req, res, next));
      app.use('/nested', (req, res, next) => nested(req, res, next));
      app.use((req, res, next) => void express.Router().get('/plain/:id', ok)(req, res, next));
    });
    const urls = ['/lazy/1/x/1', '/lazy/2/x/2', '/nested/inner/x/1', '/plain/1', '/plain/2'];
    expect(await recorded(app, ...urls)).toEqual([
      'GET /*/x/:id 200',
      'GET /lazy/:lazy/x/:id 200',
      'GET /plain/:id 200',
    ]);
  });

  it('is not taken from a URL that something has rewritten', async () => {
    const app = observed(express, (app) => {
      app.use((req, _res, next) => {
        req.url = `/api/v${req.url.length}${req.url}`;
        next();
      });
      app.use('/api/:version', express.Router().get('/old/:id', ok));
    });
    const got = await recorded(app, '/old/1', '/old/12', '/old/123');
    expect(got).toHaveLength(1);
    expect(got[0]).toMatch(/^GET .*old\/:id 200$/);
  });

  it('is none for what no route took, under mounts and behind routes that handed on as well', async () => {
    const app = observed(express, (app) => {
      app.all(name === 'Express 4' ? '*' : '/{*any}', pass);
      app.use('/api/:v', express.Router().use(pass).get('/x', ok));
      app.use(
        '/closed',
        express.Router().use((_req, res) => void res.status(401).send('no')),
      );
    });
    expect(await recorded(app, '/', '/api/1', '/api/2/y', 'POST /api/1/x', '/nothing?x=1')).toEqual([
      'GET (no route) 404',
      'POST (no route) 404',
    ]);
  });

  it('is none when a middleware answers or fails before any route', async () => {
    const app = observed(express, (app) => {
      app.use('/fails', express.Router().use(fail).get('/x', ok));
      app.use(
        '/closed',
        express.Router().use((_req, res) => void res.status(401).send('no')),
      );
      app.use(
        '/missing',
        express.Router().use((_req, res) => void res.status(404).send('no')),
      );
    });
    expect(await recorded(app, '/fails/x', '/closed/x', '/missing/x')).toEqual([
      'GET (no route) 401',
      'GET (no route) 404',
      'GET (no route) 500 TypeError',
    ]);
  });

  it('is the mount of a function that answers there', async () => {
    const app = observed(express, (app) => {
      app.use('/graphql', ok);
      app.use('/api', express.Router().use('/rpc/:name', ok));
    });
    expect(await recorded(app, '/graphql', '/graphql/', '/graphql/deep', '/api/rpc/a', '/api/rpc/b')).toEqual([
      'GET /api/rpc/:name 200',
      'GET /graphql 200',
    ]);
  });

  it('is that of the route that failed, whoever answers', async () => {
    const app = observed(express, (app) => {
      const router = express.Router().get('/:id', fail);
      app.use('/own/:own', express.Router().get('/:id', fail), sorry);
      app.use('/app/:app', router);
    });
    expect(await recorded(app, '/own/1/2', '/app/1/2', '/app/3/4')).toEqual([
      'GET /app/:app/:id 500 TypeError',
      'GET /own/:own/:id 502 TypeError',
    ]);
  });
});

describe('the route in routers that keep no paths', () => {
  // Express 5 came with these before router 2.3.
  const OldRouter = router22 as (options?: object) => Router;

  it('is made of what the router matches', async () => {
    const telemetry = quietTelemetry();
    const app = express5().use(expressTelemetry(telemetry));
    const leaf = OldRouter().get('/', ok).get('/:id', ok).get(['/p/one', '/p/:two/x'], ok);
    const root = OldRouter();
    root.use('/Plain', leaf);
    root.use('/users/:user/orders', leaf);
    root.use('/files/*path/end', leaf);
    root.use('/v:version/x', leaf);
    root.use(/^\/r\d+/, leaf);
    app.use(root);
    const urls = ['/plain', '/PLAIN/1', '/users/users/orders/2', '/users/a%20b/orders', '/Users/2/Orders/p/2/x'];
    const more = ['/files/a/b/end/1', '/files/a/end', '/v1/x/1', '/v2/x/2', '/r1/1', '/r2/2', '/plain/p/one'];
    expect(await recorded({ app, telemetry }, ...urls, ...more)).toEqual([
      'GET /*/:id 200',
      'GET /files/*path/end 200',
      'GET /files/*path/end/:id 200',
      'GET /plain 200',
      'GET /plain/:id 200',
      'GET /plain/p/one 200',
      'GET /users/:user/orders 200',
      'GET /users/:user/orders/:id 200',
      'GET /users/:user/orders/p/:two/x 200',
    ]);
  });

  it('is known without Express', async () => {
    const telemetry = quietTelemetry();
    const router = OldRouter();
    router.use(expressTelemetry(telemetry));
    router.get('/x/:id', ok as never);
    router.get('/plain/:id', ((_req: unknown, res: { end(text: string): void }) => res.end('ok')) as never);
    const server = createServer((req, res) =>
      router(req as never, res as never, () => {
        res.statusCode = 404;
        res.end();
      }),
    );
    const app = server.listeners('request')[0] as never;
    expect(await recorded({ app, telemetry }, '/plain/1', '/plain/2', '/nothing')).toEqual([
      'GET (no route) 404',
      'GET /plain/:id 200',
    ]);
  });
});
