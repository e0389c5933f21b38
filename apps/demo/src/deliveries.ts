import { ExportError, type Exporter, type MetricsSnapshot, type Point, type SeriesAttributes } from '@telltale/core';

/** A backend that refuses one batch in so many: what was in it has to come again with the next, once. */
const REFUSES_EVERY = 4;

/** How the sum of all delivered differences compares with the totals. */
export interface DeliveryProof {
  /** Operations (requests, jobs, tasks, calls): in the deliveries, and in the totals. */
  readonly delivered: number;
  readonly recorded: number;
  /** Series whose every number, bucket by bucket, is the same in both, and all series. */
  readonly equalSeries: number;
  readonly series: number;
  readonly batches: number;
  readonly refused: number;
}

/** Stands for a backend that is sent differences, such as StatsD or CloudWatch, and adds them up. */
export interface Deliveries extends Exporter {
  compare(totals: MetricsSnapshot): DeliveryProof;
}

/** Adds up every difference it is handed, series by series. */
export function deliveries(): Deliveries {
  const sums = new Map<SeriesAttributes, number[]>();
  let batches = 0;
  let refused = 0;

  return {
    name: 'deliveries',
    temporality: 'delta',
    interval: 1,

    async exportMetrics(snapshot) {
      batches++;
      if (batches % REFUSES_EVERY === 0) {
        refused++;
        throw new ExportError('refused, to show that nothing is lost by it');
      }
      for (const point of addingUp(snapshot)) {
        const sum = sums.get(point.attributes) ?? [];
        sums.set(
          point.attributes,
          numbersOf(point).map((number, i) => number + (sum[i] ?? 0)),
        );
      }
    },

    compare(totals) {
      const points = addingUp(totals);
      const operationSeries = operationSeriesOf(totals);
      const operations = points.filter(({ attributes }) => operationSeries.has(attributes));
      const deliveredOf = ({ attributes }: Point): number => sums.get(attributes)?.[0] ?? 0;
      return {
        delivered: sumOf(operations.map(deliveredOf)),
        recorded: sumOf(operations.map((point) => numbersOf(point)[0] ?? 0)),
        equalSeries: points.filter((point) => isSame(numbersOf(point), sums.get(point.attributes))).length,
        series: points.length,
        batches,
        refused,
      };
    },
  };
}

/** One of these is recorded for every operation. */
const OPERATION_METRICS = [
  'http.server.request.duration',
  'job.duration',
  'worker_pool.task.duration',
  'boundary.call.duration',
];

function operationSeriesOf(totals: MetricsSnapshot): ReadonlySet<SeriesAttributes> {
  const metrics = totals.metrics.filter(({ name }) => OPERATION_METRICS.includes(name));
  return new Set(metrics.flatMap(({ points }) => points.map(({ attributes }) => attributes)));
}

/** Series that are sums. What telemetry says of itself is left out, as it grows by the very delivery, and what grows whatever the shop does. */
function addingUp({ metrics }: MetricsSnapshot): readonly Point[] {
  return metrics
    .filter(({ name, type }) => !BY_ITSELF.test(name) && (type === 'counter' || type === 'histogram'))
    .flatMap(({ points }): readonly Point[] => points);
}

const BY_ITSELF = /^(telltale|process|system|nodejs|v8js)\./;

function numbersOf(point: Point): readonly number[] {
  if ('counts' in point) return [point.count, point.sum, ...point.counts];
  return 'value' in point ? [point.value] : [];
}

/** Counts are whole numbers and must be equal; sums of seconds may differ in the last digits. */
function isSame(total: readonly number[], delivered: readonly number[] | undefined): boolean {
  return total.every((number, i) => Math.abs(number - (delivered?.[i] ?? 0)) <= Math.abs(number) * 1e-9);
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
