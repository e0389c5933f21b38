// A queue and a worker in one service; a request puts the job in. The worker is of a class of the service's own.
import { FlowProducer, Queue, Worker } from 'bullmq';
import express from 'express';

const connection = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT) };
const queue = new Queue('emails', { connection });
const flows = new FlowProducer({ connection });

class Postman extends Worker {
  constructor(...args) {
    super(...args);
    this.place = 'post office';
  }
}
const worker = new Postman('emails', async () => 'sent', { connection, drainDelay: 1 });
let completed = 0;
worker.on('completed', () => {
  completed++;
  if (completed === 2) process.send({ both: true });
});

const app = express();
app.post('/orders', async (_request, response) => {
  await queue.add('welcome', {});
  await flows.add({ name: 'digest', queueName: 'emails', opts: {} });
  response.json({ isWorker: worker instanceof Worker, kind: worker.constructor.name, place: worker.place });
});
const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.once('message', async () => {
  server.close();
  await Promise.all([worker.close(), queue.close(), flows.close()]);
  process.disconnect();
});
