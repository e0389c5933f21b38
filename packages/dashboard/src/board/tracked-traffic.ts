import type { ExponentialHistogramPoint, HistogramPoint, MetricReader, Point, SeriesAttributes } from '@telltale/core';
import { type Form, type Forms, type GridCounts, onGrid } from './form.ts';
import { growthOf, heldUntil, type ReadingTime, type Seen } from './growth.ts';
import { TrackedSeries } from './tracked.ts';
import type { Traffic } from './traffic.ts';

/** What the calls that a series counts belong to. */
export interface TrafficTarget {
  readonly traffics: readonly Traffic[];
  readonly failed: boolean;
  /** Told in each reading how many there are in all. */
  readonly total?: (count: number) => void;
}

interface Held {
  readonly until: number;
  readonly perSecond: number;
  readonly form: Form | undefined;
  readonly buckets: Float64Array | undefined;
}

interface State extends Seen {
  reading: number;
  readonly target: TrafficTarget;
  counts: GridCounts | undefined;
  held: Held | undefined;
}

const NEVER = Number.NEGATIVE_INFINITY;

/** Durations: how many calls there were, how many failed, how long they took. */
export class TrackedTraffic extends TrackedSeries<State> {
  private readonly forms: Forms;
  private readonly describe: (attributes: SeriesAttributes) => TrafficTarget;
  private boundaries: readonly number[] | undefined = undefined;
  private form: Form | undefined = undefined;
  private unit = 1;

  constructor(forms: Forms, describe: (attributes: SeriesAttributes) => TrafficTarget) {
    super();
    this.forms = forms;
    this.describe = describe;
  }

  override begin(reader: MetricReader): void {
    super.begin(reader);
    const unit = reader.unit === 'ms' ? 0.001 : 1;
    const boundaries = reader.type === 'histogram' ? reader.boundaries : undefined;
    if (this.form !== undefined && unit === this.unit && isSame(boundaries, this.boundaries)) return;
    // Divided anew: what was counted before cannot be compared.
    this.series.clear();
    this.unit = unit;
    this.boundaries = boundaries;
    this.form = boundaries === undefined ? this.forms.exponential : this.forms.of(boundaries, unit);
  }

  override take(point: Point, reading: ReadingTime): void {
    if (!('counts' in point) && !('positive' in point)) return;
    const isNew = !this.series.has(point.attributes);
    const state = this.stateOf(point.attributes, reading.slots.current, (attributes) => ({
      reading: 0,
      target: this.describe(attributes),
      count: 0,
      time: NEVER,
      startTime: NEVER,
      counts: undefined,
      held: undefined,
    }));
    const growth = growthOf(isNew ? undefined : state, point, false, reading);
    const { traffics, failed, total } = state.target;
    for (const traffic of traffics) traffic.total(point.count, failed);
    total?.(point.count);
    if (growth !== undefined) {
      const counts = this.countsOf(point);
      // What was there when it was first seen is not what came since.
      const before = growth.isNew ? undefined : state.counts;
      const grew = growth.amount > 0;
      if (growth.over !== undefined) {
        state.held = {
          until: heldUntil(reading, growth.over),
          perSecond: growth.amount / growth.over,
          form: this.form,
          buckets: grew ? this.perSecond(counts, before, growth.over) : undefined,
        };
      } else {
        state.held = undefined;
        if (grew) this.add(traffics, failed, growth.amount, counts, before);
      }
      state.count = point.count;
      state.time = point.time;
      state.startTime = point.startTime;
      state.counts = counts;
    }
    const { held } = state;
    if (held === undefined) return;
    if (held.until < reading.now) state.held = undefined;
    else for (const traffic of traffics) traffic.hold(held.perSecond, failed, held.form, held.buckets);
  }

  private add(
    traffics: readonly Traffic[],
    failed: boolean,
    amount: number,
    counts: GridCounts,
    before: GridCounts | undefined,
  ): void {
    const { form } = this;
    for (const traffic of traffics) traffic.add(amount, failed);
    if (form === undefined) return;
    eachDifference(counts, before, (bucket, count) => {
      for (const traffic of traffics) traffic.addBucket(form, bucket, count);
    });
  }

  private perSecond(counts: GridCounts, before: GridCounts | undefined, over: number): Float64Array | undefined {
    if (this.form === undefined) return undefined;
    const buckets = new Float64Array(this.form.bounds.length + 1);
    eachDifference(counts, before, (bucket, count) => {
      if (bucket < buckets.length) buckets[bucket] = count / over;
    });
    return buckets;
  }

  private countsOf(point: HistogramPoint | ExponentialHistogramPoint): GridCounts {
    return 'positive' in point ? onGrid(point, this.unit) : { from: 0, counts: point.counts };
  }
}

function eachDifference(
  now: GridCounts,
  before: GridCounts | undefined,
  tell: (bucket: number, count: number) => void,
): void {
  for (let i = 0; i < now.counts.length; i++) {
    const bucket = now.from + i;
    const count = (now.counts[i] as number) - (before?.counts[bucket - before.from] ?? 0);
    if (count > 0) tell(bucket, count);
  }
}

function isSame(a: readonly number[] | undefined, b: readonly number[] | undefined): boolean {
  if (a === b) return true;
  return a !== undefined && b !== undefined && a.length === b.length && a.every((bound, i) => bound === b[i]);
}
