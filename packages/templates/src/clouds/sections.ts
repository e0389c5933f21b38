import type { Selector } from '@telltale/alerts';

/** What a panel shows, before it is put into a backend's words. */
type Shown =
  /** Growth per second of a counter, or of the count of a histogram. */
  | (Selector & { readonly type: 'rate'; readonly by: readonly string[] })
  | (Selector & { readonly type: 'percentile'; readonly quantiles: readonly number[]; readonly by: readonly string[] })
  | (Selector & { readonly type: 'value'; readonly aggregate: 'sum' | 'max' | 'avg'; readonly by: readonly string[] })
  /** What part of `of` … `to` are, by how much both grew. */
  | { readonly type: 'share'; readonly part: Selector; readonly of: Selector };

export interface Panel {
  readonly title: string;
  readonly shows: Shown;
}

export interface Section {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const REQUESTS = 'http.server.request.duration';
const QUANTILES = [0.5, 0.95, 0.99];

function rate(title: string, metric: string, by: readonly string[] = [], where?: Selector['where']): Panel {
  return { title, shows: { type: 'rate', metric, by, ...(where !== undefined && { where }) } };
}

function percentiles(title: string, metric: string, by: readonly string[] = []): Panel {
  return { title, shows: { type: 'percentile', metric, quantiles: by.length === 0 ? QUANTILES : [0.95], by } };
}

function value(title: string, metric: string, aggregate: 'sum' | 'max' | 'avg', by: readonly string[] = []): Panel {
  return { title, shows: { type: 'value', metric, aggregate, by } };
}

function share(title: string, metric: string, where: NonNullable<Selector['where']>): Panel {
  return { title, shows: { type: 'share', part: { metric, where }, of: { metric } } };
}

/** The dashboard of all backends whose templates are made here: one row of panels after the other. */
export const SECTIONS: readonly Section[] = [
  {
    title: 'Requests',
    panels: [
      rate('Requests per second by status', REQUESTS, ['http.response.status_code']),
      share('Share of requests that failed (5xx)', REQUESTS, { 'http.response.status_code': '5*' }),
      percentiles('Request duration', REQUESTS),
      percentiles('Request duration by route (p95)', REQUESTS, ['http.route']),
      value('Requests in flight', 'http.server.active_requests', 'sum'),
      value('Open streams', 'http.server.active_streams', 'sum'),
    ],
  },
  {
    title: 'Jobs and queues',
    panels: [
      rate('Jobs per second by outcome', 'job.duration', ['job.outcome']),
      share('Share of jobs that failed', 'job.duration', { 'job.outcome': 'failed' }),
      percentiles('Job duration by name (p95)', 'job.duration', ['job.name']),
      percentiles('Waiting time of jobs', 'job.wait.duration'),
      value('Jobs in queues', 'queue.depth', 'max', ['job.queue', 'job.state']),
      value('Age of the oldest job', 'queue.oldest_job.age', 'max', ['job.queue']),
      rate('Stalled jobs per second', 'job.stalled', ['job.queue']),
      value('Workers of queues', 'queue.workers', 'max', ['job.queue']),
    ],
  },
  {
    title: 'Calls to other services',
    panels: [
      rate('Calls per second', 'boundary.call.duration', ['boundary.to']),
      share('Share of calls that failed', 'boundary.call.duration', { 'error.type': true }),
      percentiles('Call duration (p95)', 'boundary.call.duration', ['boundary.to']),
      value('Calls in flight', 'boundary.active_calls', 'sum', ['boundary.to']),
    ],
  },
  {
    title: 'Worker pools',
    panels: [
      value('Utilization of pools', 'worker_pool.utilization', 'max', ['worker_pool.name']),
      value('Tasks that wait', 'worker_pool.pending', 'sum', ['worker_pool.name']),
      percentiles('Task duration', 'worker_pool.task.duration'),
      percentiles('Waiting time of tasks', 'worker_pool.task.wait.duration'),
    ],
  },
  {
    title: 'Process and machine (with runtime: true)',
    panels: [
      value('CPU of the process', 'process.cpu.utilization', 'max', ['process.cpu.state']),
      value('Memory of the process', 'process.memory.usage', 'max'),
      value('Event-loop delay (p99)', 'nodejs.eventloop.delay.p99', 'max'),
      value('Event-loop utilization', 'nodejs.eventloop.utilization', 'max'),
      value('Heap used', 'v8js.memory.heap.used', 'max', ['v8js.heap.space.name']),
      rate('Network bytes per second', 'system.network.io', ['network.io.direction']),
    ],
  },
  {
    title: 'Telltale itself',
    panels: [
      value('Series', 'telltale.series', 'max'),
      value('Failing exporters', 'telltale.exporter.failing', 'max', ['exporter']),
      rate('Points, spans and events per second by outcome', 'telltale.export.items', ['exporter', 'outcome']),
      value('Attributes with too many values', 'telltale.overflows', 'max', ['metric']),
    ],
  },
];
