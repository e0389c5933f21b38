import { type MetricReader, type MetricsSource, Pace, type Resource, scopeKey } from '@telltale/core';
import { callBindings } from './calls.ts';
import { Forms } from './form.ts';
import type { ReadingTime } from './growth.ts';
import { jobBindings } from './jobs.ts';
import type { Bindings, Place } from './place.ts';
import { poolBindings } from './pools.ts';
import { requestBindings } from './requests.ts';
import { nameOf } from './row-table.ts';
import { runtimeBindings } from './runtime.ts';
import { ServiceLive } from './services.ts';
import { Slots } from './slots.ts';
import { Tables } from './tables.ts';
import type { Tracked } from './tracked.ts';

/** Seconds that rates and quantiles are about. */
export const WINDOW = 10;

/** Points between two looks at the time. */
const POINTS_PER_LOOK = 100;

/** Metrics with the most series that are told. */
const LARGEST = 10;

/** What follows the metrics of one resource. */
interface Followed {
  readonly service: ServiceLive;
  readonly bindings: Bindings;
  /** By scope and name. */
  readonly tracked: Map<string, { readonly metric: Tracked; reading: number }>;
  reading: number;
}

/** The metrics of all services as tables of what is going on, from reading to reading. */
export class Board {
  readonly slots = new Slots(WINDOW);
  readonly tables: Tables;
  /** The metrics with the most series at the last reading. */
  largest: readonly { readonly metric: string; readonly series: number }[] = [];
  /** Seconds since the epoch of the last reading. */
  time = 0;
  private readonly forms = new Forms();
  private readonly followed = new Map<Resource, Followed>();

  constructor(maxRows: number) {
    this.tables = new Tables(maxRows);
  }

  /** Reads all metrics, in slices. `now`: seconds by a clock that never goes back. Rejects when they cannot be had. Never twice at a time. */
  async read(source: MetricsSource, now: () => number): Promise<void> {
    const readers = await source.open();
    const { slots } = this;
    slots.begin(now());
    const before = this.time === 0 ? Number.POSITIVE_INFINITY : this.time;
    const reading: ReadingTime = { slots, now: now(), before };
    this.time = timeOf(readers, source.resource) ?? Date.now() / 1000;
    const pace = new Pace();
    let points = 0;
    for (const reader of readers) {
      const tracked = this.trackedOf(reader);
      if (tracked === undefined) continue;
      tracked.begin(reader);
      for (const point of reader.read()) {
        tracked.take(point, reading);
        if (++points % POINTS_PER_LOOK === 0 && pace.over()) await pace.rest();
      }
      tracked.end(reading);
    }
    this.forget();
    this.largest = largestOf(readers);
  }

  /** `undefined` for a metric that no table shows. */
  private trackedOf(reader: MetricReader): Tracked | undefined {
    const followed = this.followedOf(reader.resource);
    const { name } = reader;
    if (!Object.hasOwn(followed.bindings, name) || reader.temporality !== 'cumulative') return undefined;
    const key = `${scopeKey(reader.scope)}\n${name}`;
    let tracked = followed.tracked.get(key);
    if (tracked === undefined) {
      const metric = followed.bindings[name]?.();
      if (metric === undefined) return undefined;
      tracked = { metric, reading: 0 };
      followed.tracked.set(key, tracked);
    }
    tracked.reading = this.slots.current;
    return tracked.metric;
  }

  /** Resources and metrics that are no more; their rows go as well. */
  private forget(): void {
    const { current } = this.slots;
    for (const [resource, { reading, tracked }] of this.followed) {
      if (reading !== current) this.followed.delete(resource);
      for (const [key, metric] of tracked) if (metric.reading !== current) tracked.delete(key);
    }
  }

  private followedOf(resource: Resource): Followed {
    const { slots, tables, forms } = this;
    let followed = this.followed.get(resource);
    if (followed?.reading === slots.current) return followed;
    const name = nameOf(resource.attributes['service.name'], 'unknown_service');
    const service = tables.services.get([name], (id) => new ServiceLive(id, name, slots, tables));
    service.saw(resource);
    if (followed === undefined || followed.service !== service) {
      const place: Place = { slots, forms, tables, service, resource };
      const bindings = {
        ...requestBindings(place),
        ...jobBindings(place),
        ...poolBindings(place),
        ...callBindings(place),
        ...runtimeBindings(place),
      };
      followed = { service, bindings, tracked: new Map(), reading: slots.current };
      this.followed.set(resource, followed);
    }
    followed.reading = slots.current;
    return followed;
  }
}

/** By the telemetry's own clock, which is only told by its points. */
function timeOf(readers: readonly MetricReader[], resource: Resource): number | undefined {
  const own = readers.filter((reader) => reader.resource === resource);
  const one = own.find(({ name }) => name === 'telltale.series') ?? own[0];
  return one?.read().next().value?.time;
}

function largestOf(readers: readonly MetricReader[]): Board['largest'] {
  const sizes = new Map<string, number>();
  for (const { name, size } of readers) sizes.set(name, (sizes.get(name) ?? 0) + size);
  return [...sizes]
    .map(([metric, series]) => ({ metric, series }))
    .sort((a, b) => b.series - a.series)
    .slice(0, LARGEST);
}
