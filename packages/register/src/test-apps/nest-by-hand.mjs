// A Nest application that imports TelemetryModule itself, where it does not show at first sight.
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createTelemetry } from '@telltale/core';
import { TelemetryModule } from '@telltale/nest';

const telemetry = createTelemetry({ service: { name: 'by-hand' } });

class PricesController {
  get() {
    return { price: 4.2 };
  }
}
Get()(PricesController.prototype, 'get', Object.getOwnPropertyDescriptor(PricesController.prototype, 'get'));
Controller('prices')(PricesController);

class CoreModule {}
Module({})(CoreModule);
const registerCore = async () => ({ module: CoreModule, imports: [TelemetryModule.forRoot(telemetry)] });

class AppModule {}
Module({ imports: [registerCore()], controllers: [PricesController] })(AppModule);

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
process.send({ port: app.getHttpServer().address().port });
process.once('message', async () => {
  const metric = telemetry.snapshot().metrics.find(({ name }) => name === 'http.server.request.duration');
  process.send({ own: metric.points.map(({ attributes, count }) => [attributes['http.route'], count]) });
  await app.close();
  process.disconnect();
});
