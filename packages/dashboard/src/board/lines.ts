import {
  type CallRow,
  type JobRow,
  lineKey,
  type PoolRow,
  type QueueRow,
  type Reading,
  type RouteRow,
  type RuntimeRow,
  type ServiceRow,
  type Table,
  type View,
} from '../frame.ts';

/** The tables of a frame. */
export interface ReadTables {
  readonly services: Table<ServiceRow>;
  readonly routes: Table<RouteRow>;
  readonly queues: Table<QueueRow>;
  readonly jobs: Table<JobRow>;
  readonly pools: Table<PoolRow>;
  readonly calls: Table<CallRow>;
  readonly runtime: Table<RuntimeRow>;
}

type Fields<R> = Readonly<Record<string, (row: R) => Reading | undefined>>;

const SERVICE_FIELDS: Fields<ServiceRow> = {
  'requests.rate': ({ requests }) => requests.rate,
  'requests.errorRate': ({ requests }) => requests.errorRate,
  'requests.p95': ({ requests }) => requests.p95,
  'jobs.rate': ({ jobs }) => jobs.rate,
  'jobs.errorRate': ({ jobs }) => jobs.errorRate,
  'jobs.p95': ({ jobs }) => jobs.p95,
  'calls.rate': ({ calls }) => calls.rate,
  'calls.errorRate': ({ calls }) => calls.errorRate,
  'calls.p95': ({ calls }) => calls.p95,
  activeRequests: (row) => row.activeRequests,
  activeJobs: (row) => row.activeJobs,
  waiting: (row) => row.waiting,
  cpu: (row) => row.cpu,
  memory: (row) => row.memory,
  eventLoopDelay: (row) => row.eventLoopDelay,
};
const TRAFFIC_FIELDS: Fields<RouteRow | JobRow | PoolRow | CallRow> = {
  rate: (row) => row.rate,
  errorRate: (row) => row.errorRate,
  p95: (row) => row.p95,
};
const QUEUE_FIELDS: Fields<QueueRow> = {
  'depth.waiting': ({ depth }) => depth.waiting,
  'depth.active': ({ depth }) => depth.active,
  oldest: (row) => row.oldest,
};
const POOL_FIELDS: Fields<PoolRow> = {
  ...TRAFFIC_FIELDS,
  utilization: (row) => row.utilization,
  pending: (row) => row.pending,
};
const RUNTIME_FIELDS: Fields<RuntimeRow> = {
  eventLoopP99: (row) => row.eventLoopP99,
  eventLoopUtilization: (row) => row.eventLoopUtilization,
  gc: (row) => row.gc,
  heapUsed: (row) => row.heapUsed,
  memory: (row) => row.memory,
  cpu: (row) => row.cpu,
  systemCpu: (row) => row.systemCpu,
  systemMemory: (row) => row.systemMemory,
  networkReceived: (row) => row.networkReceived,
  networkSent: (row) => row.networkSent,
  diskRead: (row) => row.diskRead,
  diskWritten: (row) => row.diskWritten,
};

/** How many of the busiest rows have lines: 6 × 15 + 6 × 12 + 24 × 3 + 14 × 3 + 14 × 3 + 14 × 3 + 8 × 5 = 400. */
const ROWS: Readonly<Record<View, number>> = {
  services: 6,
  runtime: 6,
  routes: 24,
  queues: 14,
  jobs: 14,
  calls: 14,
  pools: 8,
};

/** At most so many lines at a time. */
export const MAX_LINES = 400;

/** As many rows of each table as lines need. */
export const ROWS_WITH_LINES: number = Math.max(...Object.values(ROWS));

/** The values of all that has a line: of the busiest rows, what is known of them. */
export function linesOf(tables: ReadTables): Map<string, Reading> {
  const lines = new Map<string, Reading>();
  const add = <R extends { readonly id: string }>(view: View, { rows }: Table<R>, fields: Fields<R>): void => {
    for (const row of rows.slice(0, ROWS[view])) {
      for (const field in fields) {
        const value = fields[field]?.(row);
        // What was never known is no line; what is not known now, may be again.
        if (value !== undefined && value !== null) lines.set(lineKey(view, row.id, field), value);
      }
    }
  };
  add('services', tables.services, SERVICE_FIELDS);
  add('runtime', tables.runtime, RUNTIME_FIELDS);
  add('routes', tables.routes, TRAFFIC_FIELDS);
  add('queues', tables.queues, QUEUE_FIELDS);
  add('jobs', tables.jobs, TRAFFIC_FIELDS);
  add('calls', tables.calls, TRAFFIC_FIELDS);
  add('pools', tables.pools, POOL_FIELDS);
  return lines;
}
