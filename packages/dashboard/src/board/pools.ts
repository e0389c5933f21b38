import type { SeriesAttributes } from '@telltale/core';
import type { Gauge } from './gauge.ts';
import { attributeOf, type Bindings, type Place } from './place.ts';
import { PoolLive } from './pool-rows.ts';
import { nameOf } from './row-table.ts';
import { TrackedValue } from './tracked-numbers.ts';
import { TrackedTraffic } from './tracked-traffic.ts';

export function poolBindings({ slots, forms, tables, service }: Place): Bindings {
  const pool = (attributes: SeriesAttributes): PoolLive => {
    const name = nameOf(attributeOf(attributes, 'worker_pool.name'), '');
    return tables.pools.get(
      [service.name, name],
      (id) => new PoolLive(id, service.name, name, slots, tables.pools.hasRoom),
    );
  };
  const gauge = (choose: (row: PoolLive) => Gauge) => () =>
    new TrackedValue((attributes) => choose(pool(attributes)).set);
  return {
    'worker_pool.task.duration': () =>
      new TrackedTraffic(forms, (attributes) => ({
        traffics: [pool(attributes).traffic],
        failed: attributes['error.type'] !== undefined,
      })),
    'worker_pool.task.wait.duration': () =>
      new TrackedTraffic(forms, (attributes) => ({ traffics: [pool(attributes).wait], failed: false })),
    'worker_pool.size': gauge(({ size }) => size),
    'worker_pool.busy': gauge(({ busy }) => busy),
    'worker_pool.pending': gauge(({ pending }) => pending),
    'worker_pool.utilization': gauge(({ utilization }) => utilization),
  };
}
