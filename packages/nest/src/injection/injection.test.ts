import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { Counter, Gauge, Histogram, Summary, Telemetry, UpDownCounter } from '@telltale/core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  InjectCounter,
  InjectGauge,
  InjectHistogram,
  InjectSummary,
  InjectTelemetry,
  InjectUpDownCounter,
  TELEMETRY,
  TelemetryModule,
} from '../index.ts';
import { ask, closeAll, closeLater, platforms, pointsOf, serve, testTelemetry } from '../observed-app.test-support.ts';

afterEach(closeAll);

@Injectable()
class OrdersService {
  @InjectUpDownCounter('orders.open') readonly open!: UpDownCounter;
  @InjectGauge('orders.latest') readonly latest!: Gauge;
  @InjectSummary('orders.age', { unit: 's' }) readonly age!: Summary;
  readonly telemetry: Telemetry;
  readonly placed: Counter;
  readonly price: Histogram;

  constructor(
    @InjectTelemetry() telemetry: Telemetry,
    @InjectCounter('orders.placed', { unit: '{order}', description: 'Orders.' }) placed: Counter,
    @InjectHistogram('orders.price', { unit: 'EUR', buckets: [1, 10] }) price: Histogram,
  ) {
    this.telemetry = telemetry;
    this.placed = placed;
    this.price = price;
  }

  place(price: number) {
    this.placed.add(1);
    this.price.record(price);
    this.open.add(1);
    this.latest.record(price);
    this.age.record(0);
  }
}

@Injectable()
class ReportService {
  @InjectCounter('orders.placed') readonly placed!: Counter;
}

@Module({ providers: [OrdersService, ReportService], exports: [OrdersService, ReportService] })
class OrdersModule {}

async function application(telemetry: Telemetry) {
  const module = await Test.createTestingModule({
    imports: [OrdersModule, TelemetryModule.forRoot(telemetry)],
  }).compile();
  closeLater(() => module.close());
  return module;
}

describe('injection', () => {
  it('gives the telemetry and its instruments to any module, without lists of providers', async () => {
    const { telemetry } = testTelemetry();
    const module = await application(telemetry);
    const orders = module.get(OrdersService);
    expect(orders.telemetry).toBe(telemetry);
    orders.place(7);
    const descriptors = telemetry
      .snapshot()
      .metrics.filter(({ name }) => name.startsWith('orders.'))
      .map(({ name, type, unit }) => [name, type, unit]);
    expect(descriptors).toEqual([
      ['orders.age', 'summary', 's'],
      ['orders.latest', 'gauge', ''],
      ['orders.open', 'upDownCounter', ''],
      ['orders.placed', 'counter', '{order}'],
      ['orders.price', 'histogram', 'EUR'],
    ]);
    expect(pointsOf(telemetry, 'orders.price')).toMatchObject([{ sum: 7, counts: [0, 1, 0] }]);
  });

  it('gives all who ask for a name the same instrument, whoever says what it is', async () => {
    const { telemetry } = testTelemetry();
    const module = await application(telemetry);
    expect(module.get(ReportService).placed).toBe(module.get(OrdersService).placed);
  });

  it('works in one application after another, each with its own telemetry', async () => {
    const [one, two] = [testTelemetry(), testTelemetry()];
    for (const { telemetry } of [one, two]) (await application(telemetry)).get(OrdersService).place(1);
    (await application(two.telemetry)).get(OrdersService).place(2);
    const placed = [one, two].map(({ telemetry }) => pointsOf(telemetry, 'orders.placed'));
    expect(placed).toMatchObject([[{ value: 1 }], [{ value: 2 }]]);
  });

  it('makes only the instruments that an application injects', async () => {
    class Elsewhere {
      @InjectCounter('only.elsewhere') readonly counter!: Counter;
    }
    const { telemetry } = testTelemetry();
    await application(telemetry);
    expect(Elsewhere).toBeDefined();
    expect(telemetry.snapshot().metrics.map(({ name }) => name)).not.toContain('only.elsewhere');
  });

  it('says what is wrong with instruments that contradict one another', async () => {
    @Injectable()
    class Contradicts {
      @InjectGauge('orders.same') readonly gauge!: Gauge;
      @InjectCounter('orders.same') readonly counter!: Counter;
    }
    const { telemetry } = testTelemetry();
    const building = Test.createTestingModule({
      imports: [TelemetryModule.forRoot(telemetry)],
      providers: [Contradicts],
    }).compile();
    await expect(building).rejects.toThrow(expect.objectContaining({ code: 'ERR_METRIC_CONFLICT' }));
  });

  it('leaves room for a stand-in in tests of a single class', async () => {
    const { telemetry } = testTelemetry();
    @Injectable()
    class Plain {
      @InjectTelemetry() readonly telemetry!: Telemetry;
    }
    const module = await Test.createTestingModule({
      providers: [Plain, { provide: TELEMETRY, useValue: telemetry }],
    }).compile();
    expect(module.get(Plain).telemetry).toBe(telemetry);
  });

  it.each(platforms)('reaches controllers on %s', async (_platform, adapter) => {
    @Controller()
    class PlainController {
      @InjectCounter('asked') private readonly asked!: Counter;

      @Get()
      get() {
        this.asked.add(1);
        return 'asked';
      }
    }
    const { telemetry } = testTelemetry();
    const { port } = await serve({ adapter: adapter(), telemetry, module: { controllers: [PlainController] } });
    await ask(port, '/');
    expect(pointsOf(telemetry, 'asked')).toMatchObject([{ value: 1 }]);
  });
});
