// A Nest application as the compiler leaves it: decorators are calls.
require('reflect-metadata');
const { Controller, Get, Injectable, Module, NotFoundException, Param } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');

class Prices {
  of(sku) {
    if (sku === 'unknown') throw new NotFoundException(sku);
    return { sku, price: 4.2 };
  }
}
Injectable()(Prices);

class PricesController {
  constructor(prices) {
    this.prices = prices;
  }
  get(sku) {
    return this.prices.of(sku);
  }
}
Get(':sku')(PricesController.prototype, 'get', Object.getOwnPropertyDescriptor(PricesController.prototype, 'get'));
Param('sku')(PricesController.prototype, 'get', 0);
Reflect.defineMetadata('design:paramtypes', [Prices], PricesController);
Controller('prices')(PricesController);

class PricesModule {}
Module({ controllers: [PricesController], providers: [Prices] })(PricesModule);

class AppModule {}
Module({ imports: [PricesModule] })(AppModule);

async function start() {
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  const context = await NestFactory.createApplicationContext(PricesModule, { logger: false });
  const { port } = app.getHttpServer().address();
  process.send({
    port,
    root: app.get(AppModule).constructor.name,
    selected: app.select(PricesModule).get(Prices).constructor.name,
    price: context.get(Prices).of('x').price,
    imports: Reflect.getMetadata('imports', AppModule).length,
  });
  process.once('message', async () => {
    await context.close();
    await app.close();
    process.disconnect();
  });
}
void start();
