import 'reflect-metadata';
import { Controller, Get, Injectable, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Counter, createTelemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';
import { InjectCounter, TelemetryModule, Timed, Traced } from '@telltale/nest';

const telemetry = createTelemetry({
  service: { name: 'shop', version: '1.4.0', environment: 'production' },
  exporters: [prometheus({ port: 9464 })],
});

@Injectable()
class Products {
  private readonly views: Counter;

  constructor(@InjectCounter('product.views', { description: 'Products looked at.' }) views: Counter) {
    this.views = views;
  }

  @Traced() // a span, Products.find
  @Timed() // and a histogram of how long it takes
  async find(id: string): Promise<{ id: string }> {
    this.views.add(1, { aisle: 'toys' });
    return { id };
  }
}

@Controller('products')
class ProductsController {
  private readonly products: Products;

  constructor(products: Products) {
    this.products = products;
  }

  @Get(':id')
  find(@Param('id') id: string): Promise<{ id: string }> {
    return this.products.find(id);
  }
}

@Module({
  imports: [TelemetryModule.forRoot(telemetry)], // requests, messages, jobs, crons
  controllers: [ProductsController],
  providers: [Products],
})
class AppModule {}

const app = await NestFactory.create(AppModule);
await app.listen(3000);
