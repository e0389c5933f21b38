import type { SeriesAttributes } from '../attributes.ts';
import type { Clock } from '../clock.ts';
import type { MetricsSnapshot, Point } from '../metrics/snapshot.ts';

/** Telltale's own metrics change with each export, so they must not cause the next. */
const OWN = 'telltale.';

/** Sends metrics ever more seldom while no series changes: `adaptiveInterval`. Asked at every interval. */
export class AdaptivePace {
  private readonly interval: number;
  private readonly max: number;
  private readonly clock: Clock;
  /** What each series said in the last export that was taken. */
  private readonly sentValues = new WeakMap<SeriesAttributes, number>();
  private sentSeries = 0;
  private sentAt = Number.NEGATIVE_INFINITY;
  /** Seconds from the last export to the next, as long as nothing changes. */
  private step: number;

  constructor(interval: number, max: number, clock: Clock) {
    this.interval = interval;
    this.max = max;
    this.clock = clock;
    this.step = this.next(interval);
  }

  /** Whether the snapshot is to be sent. */
  isDue(snapshot: MetricsSnapshot): boolean {
    // The moments at which it is asked are moved by some of an interval: the one that is nearest counts.
    return this.clock.monotonic() - this.sentAt + this.interval / 2 >= this.step || this.hasChanged(snapshot);
  }

  /** The snapshot was taken. */
  sent(snapshot: MetricsSnapshot): void {
    this.step = this.next(this.hasChanged(snapshot) ? this.interval : this.step);
    this.sentAt = this.clock.monotonic();
    this.sentSeries = 0;
    for (const point of watched(snapshot)) {
      this.sentValues.set(point.attributes, sizeOf(point));
      this.sentSeries++;
    }
  }

  private next(step: number): number {
    return Math.min(2 * step, this.max);
  }

  private hasChanged(snapshot: MetricsSnapshot): boolean {
    let series = 0;
    for (const point of watched(snapshot)) {
      if (!Object.is(this.sentValues.get(point.attributes), sizeOf(point))) return true;
      series++;
    }
    return series !== this.sentSeries;
  }
}

function* watched(snapshot: MetricsSnapshot): IterableIterator<Point> {
  for (const { name, points } of snapshot.metrics) if (!name.startsWith(OWN)) yield* points;
}

/** Something that differs whenever something was recorded on the series. */
function sizeOf(point: Point): number {
  return 'value' in point ? point.value : point.count;
}
