import type { DashboardSpec } from '../dashboard-of.ts';
import { FAILED, REQUEST, SLOW } from '../names.ts';
import { graph, table } from '../panels.ts';
import { legendOf, type Queries } from '../queries.ts';

const ROUTE = ['http.request.method', 'http.route'];
const STATUS = ['http.response.status_code'];

export function requests(q: Queries): DashboardSpec {
  const quantiles = (metric: string) => ({
    p50: q.quantile(0.5, metric),
    p95: q.quantile(0.95, metric),
    p99: q.quantile(0.99, metric),
  });
  return {
    name: 'requests',
    title: 'Requests',
    description: 'What is served: routes, failures, durations, sizes, streams.',
    rows: [
      {
        title: 'All requests',
        panels: [
          graph({
            title: 'By status',
            about: REQUEST,
            unit: 'reqps',
            stacked: true,
            lines: { [legendOf(STATUS)]: q.rate(REQUEST, { by: STATUS }) },
          }),
          graph({
            title: 'Duration',
            about: REQUEST,
            unit: 's',
            exemplars: true,
            limits: SLOW,
            lines: quantiles(REQUEST),
          }),
          graph({
            title: 'What fails',
            about: REQUEST,
            hint: 'Requests with an error, by what it was. client_abort: the client hung up.',
            unit: 'reqps',
            lines: {
              [legendOf(['error.type'])]: q.rate(REQUEST, { by: ['error.type'], where: { 'error.type': true } }),
            },
          }),
          graph({
            title: 'In flight',
            about: 'http.server.active_requests',
            unit: 'short',
            lines: { '{{instance}}': q.now('sum', 'http.server.active_requests', { by: ['instance'] }) },
          }),
        ],
      },
      {
        title: 'Routes',
        panels: [
          table({
            title: 'Routes',
            about: REQUEST,
            units: { 'per second': 'reqps', failed: 'percentunit', mean: 's', p95: 's' },
            lines: {
              'per second': q.rate(REQUEST, { by: ROUTE }),
              failed: q.share(REQUEST, FAILED, { by: ROUTE }),
              mean: q.mean(REQUEST, { by: ROUTE }),
              p95: q.quantile(0.95, REQUEST, { by: ROUTE }),
            },
          }),
          graph({
            title: 'Ten slowest routes, 95th percentile',
            about: REQUEST,
            unit: 's',
            exemplars: true,
            lines: { [legendOf(ROUTE)]: `topk(10, ${q.quantile(0.95, REQUEST, { by: ROUTE })})` },
          }),
          graph({
            title: 'Ten busiest routes, seconds of work per second',
            about: REQUEST,
            hint: 'Where making a request faster helps most.',
            unit: 'none',
            lines: { [legendOf(ROUTE)]: `topk(10, ${q.volume(REQUEST, { by: ROUTE })})` },
          }),
        ],
      },
      {
        title: 'Sizes and streams',
        panels: [
          graph({
            title: 'Bodies, 95th percentile',
            about: 'http.server.response.body.size',
            unit: 'bytes',
            lines: {
              requests: q.quantile(0.95, 'http.server.request.body.size'),
              responses: q.quantile(0.95, 'http.server.response.body.size'),
            },
          }),
          graph({
            title: 'Bytes of bodies',
            about: 'http.server.response.body.size',
            unit: 'Bps',
            lines: {
              received: q.volume('http.server.request.body.size'),
              sent: q.volume('http.server.response.body.size'),
            },
          }),
          graph({
            title: 'Open streams',
            about: 'http.server.active_streams',
            unit: 'short',
            lines: { '{{instance}}': q.now('sum', 'http.server.active_streams', { by: ['instance'] }) },
          }),
          graph({
            title: 'Duration of streams',
            about: 'http.server.stream.duration',
            unit: 's',
            lines: quantiles('http.server.stream.duration'),
          }),
        ],
      },
    ],
  };
}
