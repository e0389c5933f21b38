import type { Attributes } from '../attributes.ts';
import type { BoundHistogram } from '../metrics/histogram.ts';
import type { BoundUpDownCounter } from '../metrics/up-down-counter.ts';
import { BoundaryCpuMetrics } from './boundary-cpu.ts';
import type { Meter } from './operation-home.ts';

/** OpenTelemetry's advice for `http.client.request.duration`, in seconds, with places below for calls within the process. */
const DURATION_BUCKETS = [1e-6, 1e-5, 1e-4, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How many kinds of calls are held: past it, series are looked up, so that made-up names cost time and no memory. */
const MAX_HELD = 500;

/** The instruments of all calls of other services. */
export class BoundaryMetrics {
  readonly duration;
  readonly active;
  readonly io;
  private readonly meter: Meter;
  private cpuMetrics: BoundaryCpuMetrics | undefined = undefined;
  private readonly held = new Map<string, Map<string, Map<string | undefined, BoundarySeries>>>();
  private heldCount = 0;

  constructor(meter: Meter) {
    this.meter = meter;
    this.duration = meter.histogram('boundary.call.duration', {
      unit: 's',
      description:
        'Time of a call from one service to another, up to the first byte of the answer where that is known.',
      buckets: DURATION_BUCKETS,
    });
    this.active = meter.upDownCounter('boundary.active_calls', { unit: '{call}', description: 'Calls in flight.' });
    this.io = meter.counter('boundary.io', { unit: 'By', description: 'Bytes sent and received by calls.' });
  }

  /** Made when a call first asks for its CPU time. */
  get cpu(): BoundaryCpuMetrics {
    this.cpuMetrics ??= new BoundaryCpuMetrics(this.meter);
    return this.cpuMetrics;
  }

  /** The series of a kind of call; `undefined` when there are too many kinds to hold. */
  seriesOf(from: string, to: string, operation: string, protocol: string | undefined): BoundarySeries | undefined {
    const operations = this.held.get(to);
    const known = operations?.get(operation)?.get(protocol);
    if (known !== undefined || this.heldCount >= MAX_HELD) return known;
    const series = new BoundarySeries(this, baseOf(from, to, operation, protocol));
    if (operations === undefined) this.held.set(to, new Map([[operation, new Map([[protocol, series]])]]));
    else operations.set(operation, new Map(operations.get(operation)).set(protocol, series));
    this.heldCount++;
    return series;
  }
}

/** What each call of a kind records, held: looking it up takes longer than all else. */
export class BoundarySeries {
  readonly base: Attributes;
  private readonly metrics: BoundaryMetrics;
  private boundActive: BoundUpDownCounter | undefined;
  private boundDuration: BoundHistogram | undefined;

  constructor(metrics: BoundaryMetrics, base: Attributes) {
    this.base = base;
    this.metrics = metrics;
    this.boundActive = undefined;
    this.boundDuration = undefined;
  }

  // Made when first needed: a series that is there without a value would show.

  get active(): BoundUpDownCounter {
    this.boundActive ??= this.metrics.active.bind(this.base);
    return this.boundActive;
  }

  /** Of calls that went well and have no status. */
  get duration(): BoundHistogram {
    this.boundDuration ??= this.metrics.duration.bind(this.base);
    return this.boundDuration;
  }
}

/** The attributes that all metrics of a call have. */
export function baseOf(
  from: string,
  to: string,
  operation: string,
  protocol: string | undefined,
  attributes?: Attributes,
): Attributes {
  return Object.freeze({
    ...attributes,
    'boundary.from': from,
    'boundary.to': to,
    'boundary.operation': operation,
    'boundary.protocol': protocol,
  });
}
