import type { DashboardSpec } from '../dashboard-of.ts';
import { CALL, FAILED, JOB, REQUEST, SLOW } from '../names.ts';
import { graph, number } from '../panels.ts';
import { legendOf, type Queries } from '../queries.ts';

export function overview(q: Queries): DashboardSpec {
  const service = ['service.name', 'job'];
  return {
    name: 'overview',
    title: 'Overview',
    description: 'How all services are: traffic, failures, durations, saturation.',
    rows: [
      {
        title: 'Now',
        panels: [
          number({ title: 'Requests', about: REQUEST, unit: 'reqps', lines: { requests: q.rate(REQUEST) } }),
          number({
            title: 'Requests that fail',
            about: REQUEST,
            hint: 'Share of the answers with a status of 500 and above.',
            unit: 'percentunit',
            lines: { failed: q.share(REQUEST, FAILED) },
            limits: [0.01, 0.05],
          }),
          number({
            title: 'Requests, 95th percentile',
            about: REQUEST,
            unit: 's',
            lines: { p95: q.quantile(0.95, REQUEST) },
            limits: SLOW,
          }),
          number({ title: 'Jobs', about: 'job.started', unit: 'ops', lines: { jobs: q.rate('job.started') } }),
          number({
            title: 'Jobs that fail',
            about: JOB,
            hint: 'Share of those that end as failed.',
            unit: 'percentunit',
            lines: { failed: q.share(JOB, { 'job.outcome': 'failed' }) },
            limits: [0.01, 0.1],
          }),
          number({
            title: 'Oldest job',
            about: 'queue.oldest_job.age',
            unit: 's',
            lines: { oldest: q.now('max', 'queue.oldest_job.age') },
            limits: [60, 300],
          }),
        ],
      },
      {
        title: 'Services',
        panels: [
          graph({
            title: 'Requests',
            about: REQUEST,
            unit: 'reqps',
            lines: { [legendOf(service)]: q.rate(REQUEST, { by: service }) },
          }),
          graph({
            title: 'Requests that fail',
            about: REQUEST,
            hint: 'Share of the answers with a status of 500 and above.',
            unit: 'percentunit',
            lines: { [legendOf(service)]: q.share(REQUEST, FAILED, { by: service }) },
          }),
          graph({
            title: 'Requests, 95th percentile',
            about: REQUEST,
            unit: 's',
            exemplars: true,
            lines: { [legendOf(service)]: q.quantile(0.95, REQUEST, { by: service }) },
          }),
          graph({
            title: 'Calls of other services, 95th percentile',
            about: CALL,
            unit: 's',
            exemplars: true,
            lines: {
              [legendOf(['boundary.from', 'boundary.to'])]: q.quantile(0.95, CALL, {
                by: ['boundary.from', 'boundary.to'],
              }),
            },
          }),
          graph({
            title: 'Event loop utilization',
            about: 'nodejs.eventloop.utilization',
            unit: 'percentunit',
            max: 1,
            lines: { '{{instance}}': q.now('max', 'nodejs.eventloop.utilization', { by: ['instance'] }) },
          }),
          graph({
            title: 'Alerts that fire',
            about: 'telltale.problems',
            hint: 'Alerts of the rules that "telltale templates prometheus" makes, and all others of this Prometheus; problems of telemetry itself.',
            unit: 'short',
            lines: {
              'alerts {{alertname}}': 'count by (alertname) (ALERTS{alertstate="firing"})',
              'telemetry problems per second': q.rate('telltale.problems'),
            },
          }),
        ],
      },
    ],
  };
}
