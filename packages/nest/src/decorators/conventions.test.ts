import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { METRICS } from '@telltale/core/conventions';
import { afterEach, expect, it } from 'vitest';
import { Counted, TelemetryModule, Timed } from '../index.ts';
import { closeAll, closeLater, testTelemetry } from '../observed-app.test-support.ts';

afterEach(closeAll);

@Injectable()
class Prices {
  @Counted()
  @Timed()
  of(sku: string): number {
    if (sku === '') throw new Error('no sku');
    return 1;
  }
}

it('the metrics of decorators without a name are in the list of core, as they are', async () => {
  const { telemetry } = testTelemetry();
  const module = await Test.createTestingModule({
    imports: [TelemetryModule.forRoot(telemetry)],
    providers: [Prices],
  }).compile();
  await module.init();
  closeLater(() => module.close());
  const prices = module.get(Prices);
  prices.of('x-1');
  expect(() => prices.of('')).toThrow('no sku');
  const made = telemetry
    .snapshot()
    .metrics.filter(({ name }) => !name.startsWith('telltale.'))
    .map(({ name, type, unit, description, points }) => ({
      ...{ name, type, unit, description, about: 'function' },
      attributes: [...new Set(points.flatMap((point) => Object.keys(point.attributes)))],
    }));
  const listed = METRICS.filter(({ about }) => about === 'function');
  expect(made).toEqual([...listed].sort((a, b) => (a.name < b.name ? -1 : 1)));
});
