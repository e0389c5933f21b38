import type {
  AttributeValue,
  Clock,
  InstrumentationScope,
  MetricReader,
  Point,
  SeriesAttributes,
  Temporality,
} from '@telltale/core';
import { scopeKey } from '@telltale/core';
import { frozenAttributes, type KeyedAttributes } from '../otlp/attributes.ts';
import type { StoreLimits } from './limits.ts';
import { type MetricHead, ReceivedMetric } from './received-metric.ts';
import { ReceivedSeries, type Taken } from './received-series.ts';
import { identityOf, ReceivedService } from './received-service.ts';

/** What had no room; the message names the mend. */
export class NoRoom extends Error {
  override readonly name = 'NoRoom';
}

/** Point by point, what all services have told, within a budget of services and series. Times are monotonic seconds. */
export class MetricStore {
  private readonly clock: Clock;
  private readonly limits: StoreLimits;
  private readonly services = new Map<string, ReceivedService>();
  /** Series by name of the service. */
  private readonly seriesOf = new Map<string, number>();
  private count = 0;
  private sorted: readonly MetricReader[] | undefined = undefined;

  constructor(clock: Clock, limits: StoreLimits) {
    this.clock = clock;
    this.limits = limits;
  }

  get size(): number {
    return this.count;
  }

  get instances(): number {
    return this.services.size;
  }

  /** The instance with this resource; throws `NoRoom` when there are too many. */
  service(attributes: KeyedAttributes): ReceivedService {
    const identity = identityOf(attributes);
    let service = this.services.get(identity);
    if (service === undefined) {
      if (this.services.size >= this.limits.instances) this.expire();
      if (this.services.size >= this.limits.instances) {
        throw new NoRoom(
          `there are ${this.limits.instances} instances of services already; raise limits.instances, or give services resources that stay the same`,
        );
      }
      service = new ReceivedService(identity, attributes);
      this.services.set(identity, service);
    } else if (service.become(attributes)) {
      this.sorted = undefined;
    }
    service.seen = this.clock.monotonic();
    return service;
  }

  /** The scope, as one object for equal ones. */
  scope(service: ReceivedService, scope: InstrumentationScope): InstrumentationScope {
    const key = scopeKey(scope);
    const known = service.scopes.get(key);
    if (known !== undefined) return known;
    if (service.scopes.size >= this.limits.scopes) return scope;
    service.scopes.set(key, Object.freeze(scope));
    return scope;
  }

  /** Why there is no room for a series; `undefined` where it is known, or there is. No error: of these there may be as many as points. */
  refusalOf(service: ReceivedService, metric: ReceivedMetric, { key }: KeyedAttributes): string | undefined {
    const { series, seriesPerService } = this.limits;
    if (metric.series.has(key)) return undefined;
    if ((this.seriesOf.get(service.name) ?? 0) >= seriesPerService) {
      return `the service "${shown(service.name)}" has ${seriesPerService} series already; use fewer attributes, or raise limits.seriesPerService`;
    }
    if (this.count < series) return undefined;
    return `all services together have ${series} series already; use fewer attributes, or raise limits.series`;
  }

  /** Takes a point, for which there is room; `pointOf` makes it for the series. */
  take(
    service: ReceivedService,
    metric: ReceivedMetric,
    attributes: KeyedAttributes,
    temporality: Temporality,
    pointOf: (attributes: SeriesAttributes) => Point,
  ): Taken {
    const known = metric.series.get(attributes.key);
    const series = known ?? new ReceivedSeries(frozenAttributes(attributes.entries));
    const taken = series.take(metric.metric, pointOf(series.attributes), temporality);
    series.touched = this.clock.monotonic();
    if (known === undefined) {
      // Only now: a point that is malformed makes no series.
      if (!service.metrics.has(metric.key)) {
        service.metrics.set(metric.key, metric);
        this.sorted = undefined;
      }
      metric.series.set(attributes.key, series);
      this.counted(service, 1);
    }
    if (temporality === 'delta') service.tellsChanges = true;
    return taken;
  }

  /** The metric of a service, which is kept once it has a series. */
  metric(service: ReceivedService, scope: InstrumentationScope, head: MetricHead): ReceivedMetric {
    const { name, type, unit, boundaries } = head;
    const key = `${type} ${unit.length} ${unit} ${name.length} ${name} ${scopeKey(scope)} ${boundaries.join()}`;
    return service.metrics.get(key) ?? new ReceivedMetric(key, head, scope, service.resource);
  }

  /** The series has ended, it was told. */
  end(service: ReceivedService, metric: ReceivedMetric, { key }: KeyedAttributes): void {
    if (!metric.series.delete(key)) return;
    this.counted(service, -1);
    this.tidy(service, metric);
  }

  /** By name. */
  readers(): readonly MetricReader[] {
    this.sorted ??= [...this.services.values()]
      .flatMap(({ metrics }) => [...metrics.values()].map(({ reader }) => reader))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    return this.sorted;
  }

  /** Forgets what was not told of for too long. */
  expire(): void {
    const oldest = this.clock.monotonic() - this.limits.expireAfter;
    for (const service of this.services.values()) {
      if (service.seen < oldest) this.forget(service);
      else if (!service.tellsChanges) this.expireSeries(service, oldest);
    }
  }

  private expireSeries(service: ReceivedService, oldest: number): void {
    for (const metric of service.metrics.values()) {
      for (const [key, series] of metric.series) {
        if (series.touched >= oldest) continue;
        metric.series.delete(key);
        this.counted(service, -1);
      }
      this.tidy(service, metric);
    }
  }

  private forget(service: ReceivedService): void {
    let series = 0;
    for (const metric of service.metrics.values()) series += metric.series.size;
    this.counted(service, -series);
    this.services.delete(service.identity);
    this.sorted = undefined;
  }

  private tidy(service: ReceivedService, metric: ReceivedMetric): void {
    if (metric.series.size > 0 || !service.metrics.delete(metric.key)) return;
    this.sorted = undefined;
  }

  private counted({ name }: ReceivedService, change: number): void {
    const left = (this.seriesOf.get(name) ?? 0) + change;
    if (left > 0) this.seriesOf.set(name, left);
    else this.seriesOf.delete(name);
    this.count += change;
  }
}

function shown(name: AttributeValue): string {
  const text = String(name);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
