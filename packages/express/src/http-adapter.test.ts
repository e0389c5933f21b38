import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as tick } from 'node:timers/promises';
import { type HttpAdapterContext, httpAdapterSuite } from '@telltale/testing';
import express5 from 'express';
import express4 from 'express4';
import { WebSocketServer } from 'ws';
import { expressTelemetry } from './index.ts';

// The types of the two versions differ; what is used here is the same.
const versions: Readonly<Record<string, typeof express5>> = {
  'Express 5': express5,
  'Express 4': express4 as unknown as typeof express5,
};

for (const [name, express] of Object.entries(versions)) {
  httpAdapterSuite({
    name,
    serve: async (context) => {
      const server = createServer(application(express, context));
      const sockets = new WebSocketServer({ server, path: '/socket' });
      sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data))));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return {
        port: (server.address() as AddressInfo).port,
        close: async () => {
          for (const socket of sockets.clients) socket.terminate();
          server.closeAllConnections();
          await new Promise((resolve) => server.close(resolve));
        },
      };
    },
  });
}

function application(express: typeof express5, { telemetry, gate, options }: HttpAdapterContext): express5.Express {
  const app = express();
  app.set('env', 'test'); // no stack traces on the console
  app.use(expressTelemetry(telemetry, options));

  app.get('/', (_req, res) => void res.send('home'));
  app.get('/users/:id', (_req, res) => void res.send('user'));
  const orders = express.Router({ mergeParams: true });
  orders.get('/', (_req, res) => void res.send('orders'));
  orders.get('/:order', (_req, res) => void res.send('order'));
  app.use('/shops/:shop/orders', orders);
  app.post('/echo', express.text({ limit: '1mb', type: () => true }), (req, res) => {
    telemetry.span('echo', () => res.send(req.body));
  });
  app.get('/traced', async (_req, res) => {
    await tick();
    await telemetry.span('work', () => tick());
    res.send('traced');
  });

  app.get('/fails/now', () => {
    throw new TypeError('now');
  });
  app.get('/fails/later', (_req, _res, next) => {
    // Express 5 would also take a rejection.
    void tick().then(() => next(new RangeError('later')));
  });
  app.get('/refused', (_req, res) => void res.status(400).send('refused'));
  app.get('/unavailable', (_req, res) => void res.status(503).send('unavailable'));
  app.get('/empty', (_req, res) => void res.sendStatus(204));
  app.get('/unchanged', (_req, res) => void res.status(304).end());
  app.get('/moved', (_req, res) => res.redirect('/'));

  app.get('/held', async (_req, res) => {
    await gate.pass();
    res.send('late');
  });
  app.get('/stream', async (_req, res) => {
    res.type('text').write('one');
    await gate.pass();
    res.write('two');
    res.end();
  });
  app.get('/events', async (_req, res) => {
    res.type('text/event-stream').flushHeaders();
    await gate.pass();
    res.write('data: 1\n\n');
    res.end();
  });
  app.get('/hints', async (_req, res) => {
    res.writeEarlyHints({ link: '</style.css>; rel=preload' });
    await gate.pass();
    res.send('hinted');
  });
  app.get('/broken', async (_req, res) => {
    res.write('one');
    await gate.pass();
    res.destroy();
  });
  app.get('/late-stream', async (_req, res) => {
    await gate.pass();
    res.type('text').write('one');
    await gate.pass();
    res.write('two');
    res.end();
  });
  app.get('/twice', (_req, res) => {
    res.on('error', () => {});
    res.send('once');
    res.end('twice');
  });
  app.get('/skipped/:id', (_req, res) => void res.send('skipped'));
  app.get('/never', () => {});
  return app;
}
