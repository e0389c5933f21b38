import type { DashboardSpec } from '../dashboard-of.ts';
import { JOB } from '../names.ts';
import { graph, table } from '../panels.ts';
import { legendOf, type Queries } from '../queries.ts';

const QUEUE = ['job.queue'];
const KIND = ['job.queue', 'job.name'];

export function jobs(q: Queries): DashboardSpec {
  const kind = legendOf(KIND);
  const queue = legendOf(QUEUE);
  return {
    name: 'jobs',
    title: 'Jobs and queues',
    description: 'What waits, what runs, what fails, and what it takes.',
    rows: [
      {
        title: 'Queues',
        panels: [
          graph({
            title: 'Depth',
            about: 'queue.depth',
            unit: 'short',
            lines: {
              [legendOf([...QUEUE, 'job.state'])]: q.now('max', 'queue.depth', { by: [...QUEUE, 'job.state'] }),
            },
          }),
          graph({
            title: 'Age of the oldest job',
            about: 'queue.oldest_job.age',
            unit: 's',
            limits: [60, 300],
            lines: { [queue]: q.now('max', 'queue.oldest_job.age', { by: QUEUE }) },
          }),
          graph({
            title: 'Put in and taken up',
            about: 'job.enqueued',
            unit: 'ops',
            lines: {
              [`${queue} put in`]: q.rate('job.enqueued', { by: QUEUE }),
              [`${queue} taken up`]: q.rate('job.started', { by: QUEUE }),
            },
          }),
          graph({
            title: 'Workers, paused, overdue',
            about: 'queue.workers',
            unit: 'short',
            lines: {
              [`${queue} workers`]: q.now('max', 'queue.workers', { by: QUEUE }),
              [`${queue} paused`]: q.now('max', 'queue.paused', { by: QUEUE }),
              [`${queue} overdue`]: q.now('max', 'queue.overdue', { by: QUEUE }),
            },
          }),
          graph({
            title: 'Held up by rate limits',
            about: 'queue.rate_limited.time',
            unit: 'percentunit',
            lines: { [queue]: q.rate('queue.rate_limited.time', { by: QUEUE }) },
          }),
          graph({
            title: 'Stalled, locks not renewed',
            about: 'job.stalled',
            unit: 'ops',
            lines: {
              [`${queue} stalled`]: q.rate('job.stalled', { by: QUEUE }),
              [`${queue} not renewed`]: q.rate('job.lock_renewal_failures', { by: QUEUE }),
            },
          }),
        ],
      },
      {
        title: 'Jobs',
        panels: [
          table({
            title: 'Kinds of jobs',
            about: JOB,
            units: { 'per second': 'ops', failed: 'percentunit', p95: 's', 'p95 of waiting': 's', running: 'short' },
            lines: {
              'per second': q.rate(JOB, { by: KIND }),
              failed: q.share(JOB, { 'job.outcome': 'failed' }, { by: KIND }),
              p95: q.quantile(0.95, JOB, { by: KIND }),
              'p95 of waiting': q.quantile(0.95, 'job.wait.duration', { by: KIND }),
              running: q.now('sum', 'job.active', { by: KIND }),
            },
          }),
          graph({
            title: 'Ends',
            about: JOB,
            unit: 'ops',
            stacked: true,
            lines: { [legendOf(['job.outcome'])]: q.rate(JOB, { by: ['job.outcome'] }) },
          }),
          graph({
            title: 'What fails',
            about: JOB,
            unit: 'ops',
            lines: {
              [legendOf(['job.name', 'error.type'])]: q.rate(JOB, {
                by: ['job.name', 'error.type'],
                where: { 'error.type': true },
              }),
            },
          }),
          graph({
            title: 'Duration, 95th percentile',
            about: JOB,
            unit: 's',
            exemplars: true,
            lines: { [kind]: q.quantile(0.95, JOB, { by: KIND }) },
          }),
          graph({
            title: 'Waiting, 95th percentile',
            about: 'job.wait.duration',
            unit: 's',
            lines: { [kind]: q.quantile(0.95, 'job.wait.duration', { by: KIND }) },
          }),
          graph({
            title: 'Attempts, mean and retries',
            about: 'job.attempts',
            unit: 'none',
            lines: {
              [`${kind} attempts`]: q.mean('job.attempts', { by: KIND }),
              [`${kind} retries per second`]: q.rate('job.retries', { by: KIND }),
            },
          }),
          graph({
            title: 'Progress',
            about: 'job.progress',
            unit: 'percentunit',
            max: 1,
            lines: { [kind]: q.now('min', 'job.progress', { by: KIND }) },
          }),
        ],
      },
      {
        title: 'What jobs do',
        panels: [
          graph({
            title: 'Records',
            about: 'job.records',
            unit: 'ops',
            lines: { [legendOf(['job.name', 'job.stage'])]: q.rate('job.records', { by: ['job.name', 'job.stage'] }) },
          }),
          graph({
            title: 'Throughput of a job',
            about: 'job.throughput',
            unit: 'ops',
            lines: {
              [legendOf(['job.name', 'job.stage'])]: q.now('avg', 'job.throughput', { by: ['job.name', 'job.stage'] }),
            },
          }),
          graph({
            title: 'Bytes',
            about: 'job.io',
            unit: 'Bps',
            lines: { [legendOf(['job.name', 'io.direction'])]: q.rate('job.io', { by: ['job.name', 'io.direction'] }) },
          }),
          graph({
            title: 'Calls of APIs',
            about: 'job.api_calls',
            unit: 'ops',
            lines: { [legendOf(['job.name', 'api.type'])]: q.rate('job.api_calls', { by: ['job.name', 'api.type'] }) },
          }),
          graph({
            title: 'Chunks, 95th percentile',
            about: 'job.chunk.duration',
            unit: 's',
            lines: { [kind]: q.quantile(0.95, 'job.chunk.duration', { by: KIND }) },
          }),
          graph({
            title: 'CPU',
            about: 'job.cpu.time',
            unit: 'percentunit',
            lines: {
              [`${kind} per second`]: q.rate('job.cpu.time', { by: KIND }),
              [`${kind} of a job`]: q.now('avg', 'job.cpu.utilization', { by: KIND }),
            },
          }),
          graph({
            title: 'Memory, peak',
            about: 'job.memory.peak',
            unit: 'bytes',
            lines: { [kind]: q.now('max', 'job.memory.peak', { by: KIND }) },
          }),
        ],
      },
    ],
  };
}
