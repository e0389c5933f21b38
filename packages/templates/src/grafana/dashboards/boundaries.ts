import type { DashboardSpec } from '../dashboard-of.ts';
import { CALL } from '../names.ts';
import { graph, table } from '../panels.ts';
import { legendOf, type Queries } from '../queries.ts';

const PAIR = ['boundary.from', 'boundary.to'];
const ALL = [...PAIR, 'boundary.operation', 'boundary.protocol'];
const FAILED = { 'error.type': true } as const;

export function boundaries(q: Queries): DashboardSpec {
  const pair = '{{boundary_from}} → {{boundary_to}}';
  return {
    name: 'boundaries',
    title: 'Boundaries',
    description: 'Who calls whom, how often, how long, with what result.',
    rows: [
      {
        title: 'Calls between services',
        panels: [
          table({
            title: 'Calls',
            about: CALL,
            units: { 'per second': 'reqps', failed: 'percentunit', mean: 's', p95: 's' },
            lines: {
              'per second': q.rate(CALL, { by: ALL }),
              failed: q.share(CALL, FAILED, { by: ALL }),
              mean: q.mean(CALL, { by: ALL }),
              p95: q.quantile(0.95, CALL, { by: ALL }),
            },
          }),
          graph({ title: 'Calls', about: CALL, unit: 'reqps', lines: { [pair]: q.rate(CALL, { by: PAIR }) } }),
          graph({
            title: 'What fails',
            about: CALL,
            unit: 'reqps',
            lines: { [`${pair} {{error_type}}`]: q.rate(CALL, { by: [...PAIR, 'error.type'], where: FAILED }) },
          }),
          graph({
            title: 'Duration, 95th percentile',
            about: CALL,
            unit: 's',
            exemplars: true,
            lines: { [pair]: q.quantile(0.95, CALL, { by: PAIR }) },
          }),
          graph({
            title: 'In flight',
            about: 'boundary.active_calls',
            unit: 'short',
            lines: { [pair]: q.now('sum', 'boundary.active_calls', { by: PAIR }) },
          }),
          graph({
            title: 'Bytes',
            about: 'boundary.io',
            unit: 'Bps',
            lines: { [`${pair} {{io_direction}}`]: q.rate('boundary.io', { by: [...PAIR, 'io.direction'] }) },
          }),
          graph({
            title: 'Answers by status',
            about: CALL,
            unit: 'reqps',
            lines: {
              [`${pair} ${legendOf(['http.response.status_code'])}`]: q.rate(CALL, {
                by: [...PAIR, 'http.response.status_code'],
                where: { 'http.response.status_code': true },
              }),
            },
          }),
        ],
      },
      {
        title: 'CPU of calls',
        panels: [
          graph({
            title: 'CPU time',
            about: 'boundary.cpu.time',
            unit: 'percentunit',
            lines: {
              [`${pair} {{boundary_operation}}`]: q.rate('boundary.cpu.time', { by: [...PAIR, 'boundary.operation'] }),
            },
          }),
          graph({
            title: 'Share of its duration for which a call computes, median',
            about: 'boundary.cpu.utilization',
            unit: 'percentunit',
            lines: { [pair]: q.quantile(0.5, 'boundary.cpu.utilization', { by: PAIR }) },
          }),
          graph({
            title: 'Calls whose CPU time is not known',
            about: 'boundary.cpu.unknown',
            unit: 'ops',
            lines: { [pair]: q.rate('boundary.cpu.unknown', { by: PAIR }) },
          }),
          graph({
            title: 'Of how many calls one is timed',
            about: 'boundary.call.sampling',
            unit: 'short',
            lines: {
              [`${pair} {{boundary_operation}}`]: q.now('max', 'boundary.call.sampling', {
                by: [...PAIR, 'boundary.operation'],
              }),
            },
          }),
        ],
      },
    ],
  };
}
