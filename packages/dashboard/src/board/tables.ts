import type { CallRow, JobRow, PoolRow, QueueRow, RouteRow, RuntimeRow, ServiceRow } from '../frame.ts';
import type { CallLive } from './call-rows.ts';
import type { JobLive, QueueLive } from './job-rows.ts';
import type { PoolLive } from './pool-rows.ts';
import type { RouteLive } from './route-rows.ts';
import { RowTable } from './row-table.ts';
import type { RuntimeLive } from './runtime-rows.ts';
import type { ServiceLive } from './services.ts';

/** All tables of a board, as they live on from reading to reading. */
export class Tables {
  readonly services: RowTable<ServiceRow, ServiceLive>;
  readonly routes: RowTable<RouteRow, RouteLive>;
  readonly queues: RowTable<QueueRow, QueueLive>;
  readonly jobs: RowTable<JobRow, JobLive>;
  readonly pools: RowTable<PoolRow, PoolLive>;
  readonly calls: RowTable<CallRow, CallLive>;
  readonly runtime: RowTable<RuntimeRow, RuntimeLive>;

  constructor(maxRows: number) {
    this.services = new RowTable(maxRows);
    this.routes = new RowTable(maxRows);
    this.queues = new RowTable(maxRows);
    this.jobs = new RowTable(maxRows);
    this.pools = new RowTable(maxRows);
    this.calls = new RowTable(maxRows);
    this.runtime = new RowTable(maxRows);
  }
}
