// A service that knows nothing of telemetry. Settings come after the first look at the application, as Express allows.
const express = require('express');

const prices = express();
prices.get('/:sku', (_request, response) => response.json({ price: 4.2 }));

const shop = express();
shop.enable('case sensitive routing');
shop.use('/prices', prices);
shop.get('/products/:id', async (request, response) => {
  const url = `http://127.0.0.1:${server.address().port}/prices/${request.params.id}`;
  response.json(await (await fetch(url)).json());
});
shop.get('/boom', () => {
  throw new RangeError('out of stock');
});
shop.use((_error, _request, response, _next) => response.status(503).end('sorry'));

const server = shop.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.once('message', () => process.kill(process.pid, 'SIGTERM'));
