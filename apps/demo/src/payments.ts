import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Body,
  Controller,
  type DynamicModule,
  Get,
  HttpException,
  Injectable,
  Module,
  Param,
  ParseIntPipe,
  ParseUUIDPipe,
  Post,
  ServiceUnavailableException,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Counter, Telemetry } from '@telltale/core';
import { InjectCounter, TelemetryModule, Traced } from '@telltale/nest';
import { CARDS } from './cards.ts';
import { findProduct } from './catalogue.ts';

interface Charge {
  readonly amount: number;
  readonly card: string;
}

const CARD_DECLINED = 402;

/** Where the money comes from. */
@Injectable()
class Bank {
  private readonly revenue: Counter;

  constructor(@InjectCounter('revenue', { unit: 'EUR', description: 'Charged to cards.' }) revenue: Counter) {
    this.revenue = revenue;
  }

  @Traced()
  async charge({ amount, card }: Charge): Promise<void> {
    await sleep(5 + Math.random() * 40);
    if (card === CARDS.declined) throw new HttpException('card declined', CARD_DECLINED);
    if (card === CARDS.unavailable) throw new ServiceUnavailableException('bank does not answer');
    this.revenue.add(amount, { currency: 'EUR' });
  }
}

@Controller()
class PaymentsController {
  private readonly bank: Bank;

  constructor(bank: Bank) {
    this.bank = bank;
  }

  @Post('charges')
  async charge(@Body() charge: Charge): Promise<{ charged: number }> {
    await this.bank.charge(charge);
    return { charged: charge.amount };
  }

  @Get('prices/:product')
  price(@Param('product', ParseIntPipe) product: number): { product: number; price: number | undefined } {
    return { product, price: findProduct(product)?.price };
  }

  @Get('receipts/:order')
  async receipt(@Param('order', ParseUUIDPipe) order: string): Promise<{ order: string; text: string }> {
    await sleep(2 + Math.random() * 10);
    return { order, text: 'Thank you.' };
  }
}

@Module({ controllers: [PaymentsController], providers: [Bank] })
class PaymentsModule {
  static with(telemetry: Telemetry): DynamicModule {
    // The telemetry is the shop's, which ends it.
    return { module: PaymentsModule, imports: [TelemetryModule.forRoot(telemetry, { shutdown: false })] };
  }
}

/** A second service, with Nest, in the same process for the demo's sake: `telemetry` is its own, and it is called over HTTP like any other. */
export interface Payments {
  /** `127.0.0.1:4711` */
  readonly host: string;
  close(): Promise<void>;
}

export async function openPayments(telemetry: Telemetry): Promise<Payments> {
  const app = await NestFactory.create(PaymentsModule.with(telemetry), { logger: false });
  await app.listen(0, '127.0.0.1');
  return { host: new URL(await app.getUrl()).host, close: () => app.close() };
}
