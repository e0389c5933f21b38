// A thread of its own for the embedded Postgres: it computes in WebAssembly, and the shop's requests must not wait for it.
import { parentPort } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { wholeQueries } from '@telltale-internal/services';

const db = await PGlite.create();
// All connections share PGlite's one session, so what BullMQ sets per connection must hold before its first statement.
await db.exec('create schema if not exists bullmq; set search_path to bullmq, public');
const server = new PGLiteSocketServer({ db: wholeQueries(db), host: '127.0.0.1', port: 0, maxConnections: 100 });
await server.start();

parentPort?.once('message', async () => {
  await server.stop();
  await db.close();
  parentPort?.close();
});
parentPort?.postMessage(`postgres://postgres:postgres@${server.getServerConn()}/postgres?sslmode=disable`);
