import type { Metric, MetricReader, MetricsSnapshot, Point } from './metrics/snapshot.ts';
import type { Resource } from './resource.ts';

/** Milliseconds of reading after which others get their turn. */
const SLICE_MS = 4;
/** Points between two looks at the time. */
const POINTS_PER_LOOK = 200;

/** All points at once. */
export function collectNow(readers: readonly MetricReader[], resource: Resource, time: number): MetricsSnapshot {
  return snapshotOf(
    readers.map((reader) => metricOf(reader, [...reader.read()].map(frozen))),
    resource,
    time,
  );
}

/** All points, read in slices, so that no number of series holds the process for long. */
export async function collectInSlices(
  readers: readonly MetricReader[],
  resource: Resource,
  time: number,
): Promise<MetricsSnapshot> {
  const metrics: Metric[] = [];
  let read = 0;
  let sliceEnd = performance.now() + SLICE_MS;
  for (const reader of readers) {
    const points: Point[] = [];
    for (const point of reader.read()) {
      points.push(frozen(point));
      if (++read % POINTS_PER_LOOK === 0 && performance.now() > sliceEnd) {
        await new Promise((resolve) => setImmediate(resolve));
        sliceEnd = performance.now() + SLICE_MS;
      }
    }
    metrics.push(metricOf(reader, points));
  }
  return snapshotOf(metrics, resource, time);
}

/** Readers hand out points that are theirs alone; those of a snapshot go to several exporters. */
function frozen<T extends object>(data: T): T {
  for (const value of Object.values(data)) {
    if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) frozen(value);
  }
  return Object.freeze(data);
}

function metricOf({ size: _size, read: _read, ...descriptor }: MetricReader, points: readonly Point[]): Metric {
  // The reader of a type gives points of that type.
  return Object.freeze({ ...descriptor, points: Object.freeze(points) }) as Metric;
}

function snapshotOf(metrics: readonly Metric[], resource: Resource, time: number): MetricsSnapshot {
  return Object.freeze({ time, resource, metrics: Object.freeze(metrics.filter(({ points }) => points.length > 0)) });
}
