import { metricsAbout } from './metrics-about.ts';

const QUEUE = 'job.queue';

export const QUEUE_METRICS = metricsAbout('queue', [
  ['queue.depth', 'gauge', '{job}', 'Jobs in a queue.', QUEUE, 'job.state'],
  ['queue.oldest_job.age', 'gauge', 's', 'Time for which the oldest ready job waits.', QUEUE],
  ['queue.overdue', 'gauge', '{job}', 'Delayed jobs whose time has come.', QUEUE],
  ['queue.workers', 'gauge', '{worker}', 'Workers of a queue, of all processes.', QUEUE],
  ['queue.paused', 'gauge', '', 'Whether a queue is paused: 1 or 0.', QUEUE],
  ['queue.rate_limited.time', 'counter', 's', 'Time for which a rate limit kept jobs from being taken up.', QUEUE],
]);
