import { frozen } from './frozen.ts';
import type { Metric, MetricReader, MetricsSnapshot, Point } from './metrics/snapshot.ts';
import { Pace } from './pace.ts';
import type { Resource } from './resource.ts';

/** Points between two looks at the time. */
const POINTS_PER_LOOK = 200;

/** All points at once. Readers hand out points that are theirs alone; those of a snapshot go to several exporters, so they are frozen. */
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
  const pace = new Pace();
  for (const reader of readers) {
    const points: Point[] = [];
    for (const point of reader.read()) {
      points.push(frozen(point));
      if (++read % POINTS_PER_LOOK === 0 && pace.over()) await pace.rest();
    }
    metrics.push(metricOf(reader, points));
  }
  return snapshotOf(metrics, resource, time);
}

function metricOf({ size: _size, read: _read, ...descriptor }: MetricReader, points: readonly Point[]): Metric {
  // The reader of a type gives points of that type.
  return Object.freeze({ ...descriptor, points: Object.freeze(points) }) as Metric;
}

function snapshotOf(metrics: readonly Metric[], resource: Resource, time: number): MetricsSnapshot {
  return Object.freeze({ time, resource, metrics: Object.freeze(metrics.filter(({ points }) => points.length > 0)) });
}
